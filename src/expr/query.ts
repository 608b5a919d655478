import { type Cidr, parseAddress, parseCidr, unmapAddress } from '../address.ts'
import { foldedText } from '../dns/name.ts'
import { className, typeName } from '../dns/rdata/registry.ts'
import { GoError, type GoFunction, type GoValue } from '../golang/value.ts'
import type { Query } from '../query.ts'
import type { Scope } from './frame.ts'
import { BOOL, func, INT, STRING, type Type } from './types.ts'

/** What expressions can ask of a query: `name()`, `client_ip()` and the like. */

interface QueryFunction {
  readonly params: readonly Type[]
  readonly result: Type
  bind(query: Query, metadata: MetadataLookup): GoFunction
}

/** The value of a metadata label for a query; '' where there is none. */
export type MetadataLookup = (query: Query, label: string) => string

const fact = (result: Type, read: (query: Query) => GoValue): QueryFunction => ({
  params: [],
  result,
  bind: (query) => () => read(query),
})

const FUNCTIONS: { readonly [name: string]: QueryFunction } = {
  bufsize: fact(INT, (query) => BigInt(bufferSize(query))),
  class: fact(STRING, (query) => className(query.class)),
  client_ip: fact(STRING, ({ peer }) => peer.address),
  do: fact(BOOL, (query) => query.dnssecOk),
  id: fact(INT, (query) => BigInt(query.id)),
  name: fact(STRING, (query) => foldedText(query.name)),
  opcode: fact(INT, (query) => BigInt(query.opcode)),
  port: fact(STRING, ({ peer }) => String(peer.port)),
  proto: fact(STRING, ({ peer }) => (peer.transport === 'udp' ? 'udp' : 'tcp')),
  server_ip: fact(STRING, ({ peer }) => peer.localAddress),
  server_port: fact(STRING, ({ peer }) => String(peer.localPort)),
  size: fact(INT, (query) => BigInt(query.size)),
  type: fact(STRING, (query) => typeName(query.type)),
  incidr: { params: [STRING, STRING], result: BOOL, bind: () => isInCidr },
  metadata: {
    params: [STRING],
    result: STRING,
    bind: (query, lookup) => (label) => lookup(query, String(label)),
  },
}

/** How many octets of a reply the client can take, as far as it said so. */
function bufferSize({ edns, peer }: Query): number {
  if (peer.transport !== 'udp') return 65_535
  return edns ? edns.udpSize : 512
}

const isInCidr: GoFunction = (ip, cidr) => {
  const address = parseAddress(String(ip))
  if (!address) throw new GoError('first argument is not an IP address')
  return networkOf(String(cidr)).contains(unmapAddress(address))
}

/** Networks come from Corefiles: there are few, and each query asks for the same. */
const networks = new Map<string, Cidr>()
const MAX_NETWORKS = 256

function networkOf(text: string): Cidr {
  const known = networks.get(text)
  if (known) return known
  const network = parseCidr(text)
  if (!network) throw new GoError(`invalid CIDR address: ${text}`)
  if (networks.size >= MAX_NETWORKS) networks.clear()
  networks.set(text, network)
  return network
}

/** The types of these functions, for checking an expression. */
export const QUERY_TYPES: ReadonlyMap<string, Type> = new Map(
  Object.entries(FUNCTIONS).map(([name, { params, result }]) => [name, func(params, result)]),
)

/** These functions for one query, and what else an expression may use. */
export class QueryScope implements Scope {
  readonly #query: Query
  readonly #metadata: MetadataLookup
  readonly #more: ReadonlyMap<string, GoValue>

  constructor(query: Query, metadata: MetadataLookup, more: ReadonlyMap<string, GoValue> = new Map()) {
    this.#query = query
    this.#metadata = metadata
    this.#more = more
  }

  get(name: string): GoValue | undefined {
    if (Object.hasOwn(FUNCTIONS, name)) return FUNCTIONS[name].bind(this.#query, this.#metadata)
    return this.#more.get(name)
  }

  names(): Iterable<string> {
    return [...Object.keys(FUNCTIONS), ...this.#more.keys()]
  }
}
