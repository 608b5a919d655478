import { readFileSync } from 'node:fs'
import { parseAddress } from '../address.ts'
import { CLASS, FLAG, TYPE } from '../dns/constants.ts'
import { type Edns, OPTION } from '../dns/edns.ts'
import { WireError } from '../dns/error.ts'
import { type Message, readMessage, writeQuery } from '../dns/message.ts'
import { type Name, parseName } from '../dns/name.ts'
import { classCode, typeCode } from '../dns/rdata/registry.ts'
import type { Transport } from '../query.ts'
import { reasonOf } from '../reason.ts'
import { reverseName } from '../reverse.ts'
import { DOH_PATH, parseUpstream, type UpstreamAddress } from '../upstream/address.ts'
import { randomId } from '../upstream/random.ts'
import { nameservers } from '../upstream/resolvconf.ts'
import { VERSION } from '../version.ts'
import { type Carried, carry } from './carry.ts'
import { type Command, usageOf } from './command.ts'
import { digText, shortText } from './digtext.ts'
import { Failure } from './failure.ts'
import { describeFlags, type Parsed, parseFlags, UsageError } from './flags.ts'
import { parsePort } from './ports.ts'
import { OPTIONS_HELP, parseQueryOptions, type QueryOptions } from './queryoptions.ts'
import { readRuntime } from './runtimeflag.ts'

const FLAGS = {
  port: { value: 'PORT', short: 'p', help: 'the server’s port (53, 853 for TLS, 443 for HTTPS)' },
  type: { value: 'TYPE', short: 't', help: 'the record type (A)' },
  class: { value: 'CLASS', short: 'c', help: 'the class (IN)' },
  reverse: { value: 'ADDRESS', short: 'x', help: 'ask for the name of an address' },
  explain: { help: 'ask no server: run the query through the chain of a Corefile, and tell what each plugin does' },
  conf: { value: 'FILE', help: 'the Corefile to explain (./Corefile)' },
  client: { value: 'ADDRESS', help: 'where the query to explain comes from (127.0.0.1)' },
  for: { value: 'RUNTIME', help: 'explain what happens there: node or workers (node)' },
  json: { help: 'print the explanation as JSON' },
} as const

const USAGE = usageOf(
  'coredge query NAME [TYPE] [CLASS] [@SERVER | -explain [-conf FILE]] [+OPTION …]',
  `Asks a server and prints what it says, as dig does. SERVER is an address or a host name, with a port or not, or an URL:
@192.0.2.1 @192.0.2.1:1053 @tls://192.0.2.1 @https://dns.example/dns-query; without one, the system's. Certificates are
verified. Exit code: 0 when an answer came, whatever it says; else 1.

With -explain it asks nobody, but runs the query through the chain of a Corefile, without listening anywhere, and prints what
each plugin does with it. Upstreams are asked as always. +tcp, +tls and +https choose the listener, -port one of several.

${OPTIONS_HELP}`,
  describeFlags(FLAGS),
)

/** `coredge query`. */
export const query: Command = {
  usage: USAGE,
  async run(args) {
    const parsed = parseFlags(args, FLAGS)
    if (parsed.flags.help) {
      console.log(USAGE)
      return 0
    }
    if (parsed.flags.explain) return explainQuery(parsed)
    for (const flag of ['conf', 'client', 'for', 'json'] as const)
      if (parsed.flags[flag] !== undefined) throw new UsageError(`-${flag}: is for -explain`)
    const { question, server, options } = readArguments(parsed)
    const wire = writeQuery({ id: server.transport === 'https' ? 0 : randomId(), ...question })
    const carried = await carry(wire, server, options)
    const message = read(carried)
    if (!options.short && options.show.has('comments'))
      console.log(`\n; <<>> coredge ${VERSION} <<>> ${args.join(' ')}`)
    console.log(options.short ? shortText(message) : digText(message, carried, options))
    return 0
  },
}

/** Prints how a query would be answered here. */
async function explainQuery(parsed: Parsed<typeof FLAGS>): Promise<number> {
  const { flags, words } = parsed
  const server = words.find((word) => word.startsWith('@'))
  if (server) throw new UsageError(`-explain: asks no server, got "${server}"`)
  const { question, options } = readQuestionWords(parsed)
  const { explain } = await import('./explain.ts')
  const runtime = readRuntime(flags.for)
  const port = parsePort(flags.port, 'port')
  const transport = runtime === 'workers' ? 'https' : transportOf(options)
  const request = { ...question, transport, client: flags.client ?? '127.0.0.1', port }
  const explanation = await explain({ conf: flags.conf, runtime, request })
  const { explanationText } = await import('../explain/text.ts')
  console.log(flags.json ? JSON.stringify(explanation, undefined, 2) : explanationText(explanation))
  return 0
}

function transportOf({ tcp, tls, https }: QueryOptions): Transport {
  if (https !== undefined) return 'https'
  return tls ? 'tls' : tcp ? 'tcp' : 'udp'
}

interface Question {
  readonly name: Name
  readonly type: number
  readonly class: number
  readonly flags: number
  readonly edns: Edns | undefined
}

interface Asked {
  readonly question: Question
  readonly server: UpstreamAddress
  readonly options: QueryOptions
}

function readArguments(parsed: Parsed<typeof FLAGS>): Asked {
  const { flags, words } = parsed
  const servers = words.filter((word) => word.startsWith('@'))
  if (servers.length > 1) throw new UsageError(`only one server can be asked, got "${servers[1]}"`)
  const { question, options } = readQuestionWords(parsed)
  return { question, server: serverAddress(servers[0]?.slice(1), parsePort(flags.port, 'port'), options), options }
}

function readQuestionWords({ flags, words }: Parsed<typeof FLAGS>): { question: Question; options: QueryOptions } {
  const options = parseQueryOptions(words.filter((word) => word.startsWith('+')))
  const others = words.filter((word) => !/^[+@]/.test(word))
  const name = flags.reverse === undefined ? others.shift() : undefined
  if (flags.reverse === undefined && name === undefined) throw new UsageError('a name to ask for must be given')
  const question = {
    name: flags.reverse === undefined ? readName(name!) : readReverse(flags.reverse),
    ...readTypeAndClass(flags, others),
    flags: headerFlags(options),
    edns: options.edns ? ednsOf(options) : undefined,
  }
  return { question, options }
}

function readTypeAndClass(
  { type, class: rclass, reverse }: Parsed<typeof FLAGS>['flags'],
  words: readonly string[],
): { type: number; class: number } {
  let found = type === undefined ? undefined : must(typeCode(type), 'record type', type)
  let foundClass = rclass === undefined ? undefined : must(classCode(rclass), 'class', rclass)
  for (const word of words) {
    // ANY is a type as well as a class; as with dig the type goes first.
    if (found === undefined && typeCode(word) !== undefined) found = typeCode(word)
    else if (foundClass === undefined && classCode(word) !== undefined) foundClass = classCode(word)
    else throw new UsageError(`neither a record type nor a class, got "${word}"`)
  }
  return { type: found ?? (reverse === undefined ? TYPE.A : TYPE.PTR), class: foundClass ?? CLASS.IN }
}

function must<T>(value: T | undefined, what: string, text: string): T {
  if (value === undefined) throw new UsageError(`there is no such ${what}, got "${text}"`)
  return value
}

function readName(text: string): Name {
  try {
    return parseName(text)
  } catch (error) {
    if (error instanceof WireError) throw new UsageError(error.message)
    throw error
  }
}

function readReverse(text: string): Name {
  return reverseName(must(parseAddress(text), 'address', text))
}

function headerFlags({ recurse, checkingDisabled, authenticData }: QueryOptions): number {
  return (recurse ? FLAG.RD : 0) | (checkingDisabled ? FLAG.CD : 0) | (authenticData ? FLAG.AD : 0)
}

function ednsOf({ bufsize, dnssecOk, nsid, subnet }: QueryOptions): Edns {
  const options = [...(nsid ? [{ code: OPTION.NSID, data: new Uint8Array(0) }] : []), ...(subnet ? [subnet] : [])]
  return { version: 0, udpSize: bufsize, dnssecOk, options }
}

/** Where to ask: `+tls` and `+https` change how a server without a scheme is spoken to. */
function serverAddress(text: string | undefined, port: number | undefined, options: QueryOptions): UpstreamAddress {
  const server = text ?? systemServer()
  const scheme = /^[a-z]+:\/\//i.test(server)
    ? ''
    : options.https !== undefined
      ? 'https://'
      : options.tls
        ? 'tls://'
        : ''
  const found = parseUpstream(scheme + server)
  if (typeof found === 'string') throw new UsageError(`server: ${found}, got "${server}"`)
  const path = found.transport === 'https' && options.https ? options.https : found.path || DOH_PATH
  return { ...found, path: found.transport === 'https' ? path : '', port: port ?? found.port }
}

/** The first server in /etc/resolv.conf. */
function systemServer(): string {
  try {
    const [first] = nameservers(readFileSync('/etc/resolv.conf', 'utf8'))
    if (first !== undefined) return first.includes(':') ? `[${first}]` : first
  } catch {
    // Told below.
  }
  throw new UsageError('the system names no server: give one, as in @192.0.2.1')
}

function read({ reply, url }: Carried): Message {
  try {
    return readMessage(reply)
  } catch (error) {
    throw new Failure(`${url} sent what is no DNS message: ${reasonOf(error)}`)
  }
}
