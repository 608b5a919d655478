import { CLASS, RCODE, TYPE } from '../../dns/constants.ts'
import { isPrefixed, isWithin, type Name, parseName, sameName } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Counter } from '../../metrics/counter.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

/** A week. */
const TTL = 604_800
const LOCALHOST = parseName('localhost.')
const ZONES = ['localhost.', '0.in-addr.arpa.', '127.in-addr.arpa.', '255.in-addr.arpa.'].map((zone) => parseName(zone))
const LOOPBACK_REVERSE = parseName('1.0.0.127.in-addr.arpa.')
const V4 = Uint8Array.of(127, 0, 0, 1)
const V6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
/** RDATA of `localhost. root.localhost. 1 0 0 0 604800`. */
const SOA = Uint8Array.of(...LOCALHOST, ...parseName('root.localhost.'), ...u32s(1, 0, 0, 0, TTL))

/** Answers for `localhost` and the reverse zones of addresses that mean this machine, no machine or all machines. */
export class Local implements Plugin {
  readonly name = 'local'
  readonly #prefix: boolean
  readonly #queries: Counter

  /** `prefix`: also for `localhost.example.org`, which search lists make of `localhost`. */
  constructor(prefix: boolean, queries: Counter) {
    this.#prefix = prefix
    this.#queries = queries
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const { name } = query
    if (query.class !== CLASS.IN) return next(query)
    const zone = zoneFor(name)
    if (zone && sameName(name, zone)) return atApex(query, zone === ZONES[0])
    if (zone === ZONES[0] || (this.#prefix && isPrefixed(name, LOCALHOST))) {
      this.#queries.increment()
      return loopback(query)
    }
    if (!zone) return next(query)
    if (!sameName(name, LOOPBACK_REVERSE)) return denial(query, zoneOf(name, zone), RCODE.NXDOMAIN)
    if (query.type !== TYPE.PTR) return denial(query, zoneOf(name, zone))
    return query.reply({ answer: [RRset.of(name, TYPE.PTR, TTL, [LOCALHOST])] })
  }

  explain(_query: Query, passes: boolean): string | undefined {
    return passes ? 'the name is none of this machine' : undefined
  }
}

function zoneFor(name: Name): Name | undefined {
  for (const zone of ZONES) if (isWithin(name, zone)) return zone
  return undefined
}

function atApex(query: Query, isLocalhost: boolean): Reply {
  const { name, type } = query
  if (type === TYPE.SOA) return query.reply({ answer: [RRset.of(name, type, TTL, [SOA])] })
  if (type === TYPE.NS) return query.reply({ answer: [RRset.of(name, type, TTL, [LOCALHOST])] })
  return isLocalhost ? loopback(query) : denial(query, name)
}

/** RFC 6761 §6.3: names under localhost are loopback addresses, whatever stands before. */
function loopback(query: Query): Reply {
  const { name, type } = query
  if (type !== TYPE.A && type !== TYPE.AAAA) return denial(query, name)
  return query.reply({ answer: [RRset.of(name, type, TTL, [type === TYPE.A ? V4 : V6])] })
}

function denial(query: Query, zone: Name, rcode: number = RCODE.NOERROR): Reply {
  return query.reply({ rcode, authority: [RRset.of(zone, TYPE.SOA, TTL, [SOA])] })
}

/** The end of the name asked for: as the client wrote it. */
function zoneOf(name: Name, zone: Name): Name {
  return name.slice(name.length - zone.length)
}

function u32s(...values: readonly number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(4 * values.length))
  for (const [i, value] of values.entries()) out.setUint32(4 * i, value)
  return new Uint8Array(out.buffer)
}
