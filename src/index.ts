import type { Hono } from 'hono'
import { createDohAppOn } from './library/doh.ts'
import type { ServerOptions } from './library/options.ts'
import { anywhere } from './library/platform.ts'
import { createServerOn, type DnsServer } from './library/server.ts'
import type { DohOptions } from './transport/dohfetch.ts'

/**
 * What `import … from 'coredge'` gives: servers in programs of one's own, and what plugins are made of. These names are the
 * whole public interface, together with those of `coredge/testing`. On Node and in Workers `createServer` and `createDohApp`
 * come from index.node.ts and index.workerd.ts, and can do more.
 */

// Servers.

/**
 * Makes a server from the text of a Corefile, from values (`blocks`), or in a Worker from what `coredge build` made (`assets`).
 * It answers by function call and by HTTP (`app`, `fetch`), and on Node from sockets once `listen` is called. Throws
 * ConfigErrors with everything that is wrong with the configuration and the files that it names.
 *
 *     const server = await createServer({ corefile: '. {\n forward . 9.9.9.9\n cache\n}', plugins: allPlugins })
 *     await server.ask('www.example.org A')
 */
export const createServer = (options: ServerOptions): Promise<DnsServer> => createServerOn(anywhere, options)

/**
 * DNS over HTTPS as a Hono app, whose server is made at the first request: for Workers, where nothing can be started before.
 * While it cannot be made the answer is 503, with the reason; a later request tries again.
 *
 *     app.route('/dns', createDohApp({ corefile, plugins: [cachePlugin, forwardPlugin] }))    // serves /dns/dns-query
 */
export const createDohApp = (options: ServerOptions & DohOptions): Hono => createDohAppOn(anywhere, options)

export type { Answer, AskOptions } from './library/answer.ts'
export {
  type BlockOptions,
  type Body,
  type DirectiveUse,
  type PropertyWords,
  use,
  type Word,
} from './library/corefile.ts'
export type {
  AssetsOptions,
  BlocksOptions,
  CommonOptions,
  CorefileOptions,
  ServerOptions,
} from './library/options.ts'
export type { DnsServer } from './library/server.ts'
export * from './plugins/index.gen.ts'
export { modules as allPlugins } from './plugins.gen.ts'
export type { Contents } from './runtime/memory.ts'
export type { DohOptions } from './transport/dohfetch.ts'
export { VERSION } from './version.ts'

// Plugins.

export { type ConfigError, ConfigErrors, type Position } from './corefile/error.ts'
export {
  type Arg,
  type ArgKind,
  type ArgValues,
  Complaint,
  type DirectiveSpec,
  optional,
  type PropertySpec,
  type PropertyUse,
  required,
  rest,
  some,
  type Token,
  type Use,
  type ValueType,
} from './corefile/spec.ts'
export { Fallthrough } from './fallthrough.ts'
export { filePath } from './filepath.ts'
export { Cancelled } from './hints.ts'
export { type Key, key } from './key.ts'
export { findLabel, Metadata, type MetadataLabel, MetadataScope } from './metadata.ts'
export {
  after,
  type Block,
  type DefinedPlugin,
  definePlugin,
  type Handler,
  type Plugin,
  type PluginModule,
  type Watcher,
} from './plugin.ts'
export type { Arrival, Peer, Query, QueryPatch, ServerName, Transport } from './query.ts'
export { DROPPED, Reply, type ReplyParts } from './reply.ts'
export { classify, type ResponseClass, type ResponseType, typify } from './response.ts'

// Values of directives.

export {
  type Bounds,
  boolean,
  cidr,
  duration,
  durationWithin,
  fileName,
  type HostPort,
  hostPort,
  integer,
  ipAddress,
  name,
  network,
  oneOf,
  percentage,
  port,
  rcode,
  rrclass,
  rrtype,
  seconds,
  ttl,
  word,
  zone,
  zones,
} from './corefile/values.ts'
export { compilePattern, type Pattern, regexp } from './regexp.ts'

// What plugins of a block offer each other and the server.

export {
  Bind,
  type BindAddresses,
  ChainWatcher,
  Debug,
  type ErrorSink,
  Errors,
  type HttpAddress,
  type HttpAnswer,
  type HttpResource,
  HttpResources,
  Limits,
  type ListenerLimits,
  ReloadInterval,
  type ReloadSettings,
  ReplyOptions,
  ReplyTap,
  type ResourceRequest,
  RootFolder,
  type SearchPath,
  SearchPaths,
  type ServerTap,
  ServerTaps,
  type Tap,
  Tls,
  type TlsSettings,
  UdpSize,
  UpstreamOptions,
  View,
  type ViewFilter,
  ZoneChanged,
  type ZoneContent,
  type ZoneSource,
  Zones,
} from './capabilities.ts'

// Records, names and messages.

export { addressText, type Cidr, cidrText, isIPv4, parseAddress, parseCidr, unmapAddress } from './address.ts'
export { CLASS, FLAG, OPCODE, RCODE, TYPE } from './dns/constants.ts'
export { EDE, type Edns, type EdnsOption, extendedError, OPTION, readExtendedError } from './dns/edns.ts'
export { WireError } from './dns/error.ts'
export { type Message, type QueryMessage, readMessage, writeMessage, writeQuery } from './dns/message.ts'
export {
  compareNames,
  foldName,
  isWithin,
  joinNames,
  labelCount,
  type Name,
  nameText,
  parentOf,
  parseName,
  ROOT,
  sameName,
} from './dns/name.ts'
export { parseRecord, parseRecords, recordTexts } from './dns/presentation.ts'
export {
  classCode,
  className,
  opcodeName,
  rcodeCode,
  rcodeName,
  rdataText,
  typeCode,
  typeName,
} from './dns/rdata/registry.ts'
export { RRset } from './dns/rrset.ts'

// Metrics, and what differs between Node and Workers.

export type { Counter, Counters } from './metrics/counter.ts'
export type { Collector, Distribution, Family, MetricType, Sample } from './metrics/family.ts'
export type { Gauge, Gauges } from './metrics/gauge.ts'
export type { Histogram, Histograms } from './metrics/histogram.ts'
export { FEW_TIMES, SIZES, TIMES } from './metrics/histogram.ts'
export { PerServer, PerZone } from './metrics/perserver.ts'
export type { Registry } from './metrics/registry.ts'
export type {
  Connection,
  ConnectOptions,
  DatagramFactory,
  DatagramSocket,
  Files,
  HttpListener,
  HttpsClient,
  HttpsClientFactory,
  HttpsOptions,
  HttpsRequest,
  HttpsResponse,
  Log,
  Runtime,
  TlsClientOptions,
} from './runtime/runtime.ts'
