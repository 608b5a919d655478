/** What a plugin of one's own is made of, and what it takes to serve a Corefile from one's own program. */

export { ConfigError, ConfigErrors, type Position } from './corefile/error.ts'
export { type Corefile, type ParseOptions, parseCorefile } from './corefile/parse.ts'
export {
  Complaint,
  type DirectiveSpec,
  optional,
  required,
  rest,
  some,
  type Use,
  type ValueType,
} from './corefile/spec.ts'
export { CLASS, FLAG, OPCODE, RCODE, TYPE } from './dns/constants.ts'
export { EDE, type Edns, type EdnsOption, extendedError, OPTION } from './dns/edns.ts'
export { WireError } from './dns/error.ts'
export { type Message, readMessage, writeQuery } from './dns/message.ts'
export { isWithin, type Name, nameText, parseName, ROOT, sameName } from './dns/name.ts'
export { parseRecord, parseRecords, recordTexts } from './dns/presentation.ts'
export { RRset } from './dns/rrset.ts'
export { configure, type Instance, type InstanceOptions } from './instance.ts'
export { type Key, key } from './key.ts'
export { after, type Block, compose, definePlugin, type Handler, type Plugin, type PluginModule } from './plugin.ts'
export { modules } from './plugins.gen.ts'
export { type Peer, Query, type Transport } from './query.ts'
export { Reply, type ReplyParts } from './reply.ts'
export type { Files, Log, Runtime } from './runtime/runtime.ts'
export { Server } from './server.ts'
export { type DohOptions, dohApp } from './transport/doh.ts'
