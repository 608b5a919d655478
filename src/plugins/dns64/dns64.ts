import type { Cidr } from '../../address.ts'
import { CLASS, RCODE, TYPE } from '../../dns/constants.ts'
import { isMapped } from '../../dns/rdata/address.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Counter } from '../../metrics/counter.ts'
import type { PerServer } from '../../metrics/perserver.ts'
import { after, type Handler, type Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import { embed } from './prefix.ts'

export interface Dns64Settings {
  readonly prefix: Cidr
  /** Also where there are IPv6 addresses. */
  readonly translateAll: boolean
  /** For clients that ask over IPv4, too. */
  readonly allowIPv4: boolean
}

/** The most that an address made here may live where the zone does not say how long its absence holds (RFC 6147 §5.1.7). */
const DEFAULT_TTL = 600

/** Makes IPv6 addresses for names that have none out of their IPv4 addresses, for networks behind a NAT64 (RFC 6147). */
export class Dns64 implements Plugin {
  readonly name = 'dns64'
  readonly #settings: Dns64Settings
  readonly #resolve: Handler
  readonly #translated: PerServer<Counter>

  constructor(settings: Dns64Settings, resolve: Handler, translated: PerServer<Counter>) {
    this.#translated = translated
    this.#settings = settings
    this.#resolve = resolve
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    if (!this.#concerns(query)) return next(query)
    return after(next(query), (reply) => {
      if (!this.#isWanting(reply)) return reply
      return after(this.#resolve(query.with({ type: TYPE.A })), (found) =>
        this.#isOfUse(found, reply) ? this.#synthesize(query, reply, found) : reply,
      )
    })
  }

  explain(query: Query): string | undefined {
    return this.#concerns(query) ? undefined : 'only AAAA queries are for it, from IPv6 clients that do not validate'
  }

  #concerns(query: Query): boolean {
    if (query.type !== TYPE.AAAA || query.class !== CLASS.IN) return false
    // Who validates on its own would find the addresses forged (RFC 6147 §5.5).
    if (query.dnssecOk && query.checkingDisabled) return false
    return this.#settings.allowIPv4 || query.peer.address.includes(':')
  }

  /** No name, no address (RFC 6147 §5.1.2); other errors are as good as an empty answer. */
  #isWanting(reply: Reply): boolean {
    if (reply === DROPPED || (reply.rcode === RCODE.NXDOMAIN && reply.answer.length === 0)) return false
    return this.#settings.translateAll || !reply.answer.some(isUsable)
  }

  /** Without IPv4 addresses the IPv6 ones stay, where translate_all would leave them out. */
  #isOfUse(found: Reply, reply: Reply): boolean {
    if (found === DROPPED) return false
    return found.answer.some((rrset) => rrset.type === TYPE.A) || !reply.answer.some(isUsable)
  }

  #synthesize(query: Query, reply: Reply, found: Reply): Reply {
    this.#translated.of(query).increment()
    const longest = reply.authority.find((rrset) => rrset.type === TYPE.SOA)?.ttl ?? DEFAULT_TTL
    const answer = found.answer.flatMap((rrset) => this.#translate(rrset, longest))
    const { rcode, ra, tc, authority, additional, options } = found
    // Neither the zone's authority nor a validator vouches for what is made here.
    return query.reply({ rcode, ra, tc, answer, authority, additional, options })
  }

  #translate(rrset: RRset, longest: number): readonly RRset[] {
    if (rrset.type === TYPE.RRSIG) return signaturesOfOthers(rrset)
    if (rrset.type !== TYPE.A) return [rrset]
    const addresses = rrset.rdata().map((address) => embed(this.#settings.prefix, address))
    return [RRset.of(rrset.owner, TYPE.AAAA, Math.min(rrset.ttl, longest), addresses, rrset.class)]
  }
}

/** No IPv6 packet can have a mapped address (RFC 6147 §5.1.4). */
const isUsable = (rrset: RRset): boolean =>
  rrset.type === TYPE.AAAA && rrset.rdata().some((address) => !isMapped(address))

/** Signatures but those of A records, which have become something else. RDATA starts with the type (RFC 4034 §3.1). */
function signaturesOfOthers(rrset: RRset): readonly RRset[] {
  const others = rrset.rdata().filter((rrsig) => rrsig[0] !== 0 || rrsig[1] !== TYPE.A)
  return others.length > 0 ? [RRset.of(rrset.owner, TYPE.RRSIG, rrset.ttl, others, rrset.class)] : []
}
