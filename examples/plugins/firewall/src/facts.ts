import {
  addressText,
  className,
  foldName,
  nameText,
  type Query,
  type Reply,
  type RRset,
  rcodeName,
  TYPE,
  typeName,
} from 'coredge'

/** What expressions and engines can know of a query and of the reply to it. All values are text, as in the original. */

/** `reply` is undefined while the query is judged: what is told of it is then ''. */
export type Fact = (query: Query, reply: Reply | undefined) => string

const ofReply =
  (read: (reply: Reply, query: Query) => string): Fact =>
  (query, reply) =>
    reply ? read(reply, query) : ''

/** Octets that a client takes where nobody said anything else. */
const UDP_SIZE = 512
const STREAM_SIZE = 65_535

const FACTS: { readonly [name: string]: Fact } = {
  type: ({ type }) => typeName(type),
  name: ({ name }) => nameText(foldName(name)),
  class: (query) => className(query.class),
  proto: ({ peer }) => (peer.transport === 'udp' ? 'udp' : 'tcp'),
  client_ip: ({ peer }) => bracketed(peer.address),
  /** The older name. */
  remote: ({ peer }) => bracketed(peer.address),
  port: ({ peer }) => String(peer.port),
  size: ({ size }) => String(size),
  server_ip: ({ peer }) => bracketed(peer.localAddress),
  server_port: ({ peer }) => String(peer.localPort),
  '>id': ({ id }) => String(id),
  '>opcode': ({ opcode }) => String(opcode),
  '>do': ({ dnssecOk }) => String(dnssecOk),
  '>bufsize': ({ edns, peer }) => String(peer.transport === 'udp' ? (edns?.udpSize ?? UDP_SIZE) : STREAM_SIZE),
  rcode: ofReply(({ rcode }) => rcodeName(rcode)),
  rsize: ofReply((reply, query) => String(uncompressedSize(reply, query))),
  '>rflags': ofReply(flags),
  response_ip: ofReply((reply) => addresses(reply)[0] ?? ''),
  response_ips: ofReply((reply) => (addresses(reply).length > 0 ? JSON.stringify(addresses(reply)) : '')),
}

/** Undefined where the name stands for no fact: it may be a metadata label. */
export function factOf(name: string): Fact | undefined {
  return Object.hasOwn(FACTS, name) ? FACTS[name] : undefined
}

/** IPv6 addresses stand in brackets, as the original has them. */
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** `qr,aa,rd` */
function flags({ aa, tc, rd, ra, ad }: Reply, query: Query): string {
  const set: readonly [string, boolean][] = [
    ['qr', true],
    ['aa', aa],
    ['tc', tc],
    ['rd', rd ?? query.recursionDesired],
    ['ra', ra],
    ['ad', ad],
    ['cd', query.checkingDisabled],
  ]
  return set.flatMap(([name, isSet]) => (isSet ? [name] : [])).join()
}

function addresses({ answer }: Reply): string[] {
  return answer
    .filter(({ type }) => type === TYPE.A || type === TYPE.AAAA)
    .flatMap((set) => set.rdata().map((rdata) => bracketed(addressText(rdata))))
}

const HEADER = 12

/** The reply as it would be without compression, as the original counts it. Octets. */
function uncompressedSize({ answer, authority, additional }: Reply, { name }: Query): number {
  // Owner, type, class, TTL and length before each record's data, whose own length is in the set's octets.
  const sizeOf = (set: RRset): number => set.end - set.start + set.size * (set.owner.length + 8)
  return [...answer, ...authority, ...additional].reduce((sum, set) => sum + sizeOf(set), HEADER + name.length + 4)
}
