import { RCODE, TYPE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { type Name, ROOT } from '../../dns/name.ts'
import { parseRecord } from '../../dns/presentation.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'

/** How often what happens: to one query of so many, 0 for none. */
export interface Misbehaviour {
  readonly drop: number
  readonly delay: number
  /** Milliseconds. */
  readonly duration: number
  readonly truncate: number
  /** Thirty addresses instead of one. */
  readonly large: boolean
}

const LARGE = 30

const A = parseRecord('. 0 IN A 192.0.2.53')
const AAAA = parseRecord('. 0 IN AAAA 2001:db8::53')

/** Answers every query for an address with one made for documentation, but drops, delays and truncates as it is told. */
export class Erratic implements Plugin {
  readonly name = 'erratic'
  readonly #how: Misbehaviour
  readonly #a: RRset
  #queries = 0

  constructor(how: Misbehaviour) {
    this.#how = how
    this.#a = how.large
      ? RRset.of(
          ROOT,
          TYPE.A,
          0,
          Array.from({ length: LARGE }, () => A.rdata()[0]),
        )
      : A
  }

  serve(query: Query): Reply | Promise<Reply> {
    const number = this.#queries++
    const isHit = (every: number): boolean => every > 0 && number % every === 0
    const { drop, delay, duration, truncate } = this.#how
    if (isHit(drop)) return DROPPED
    const reply = this.#answer(query, isHit(truncate))
    if (!isHit(delay)) return reply
    return new Promise((resolve) => setTimeout(() => resolve(reply), duration))
  }

  #answer(query: Query, tc: boolean): Reply {
    switch (query.type) {
      case TYPE.A:
        return query.reply({ aa: true, tc, answer: [this.#a.withOwner(query.name)] })
      case TYPE.AAAA:
        return query.reply({ aa: true, tc, answer: [AAAA.withOwner(query.name)] })
      case TYPE.AXFR:
        return query.reply({ aa: true, answer: transfer(query.name, !tc) })
    }
    return query.reply({ rcode: RCODE.SERVFAIL }).withError(EDE.NOT_SUPPORTED, 'erratic knows addresses only')
  }

  /** Ready after three queries, and no longer after five: to try out what looks at readiness. */
  ready(): boolean {
    return this.#queries >= 3 && this.#queries < 5
  }
}

const ZONE = [
  '@ 0 IN SOA sns.dns.icann.org. noc.dns.icann.org. 2018050825 7200 3600 1209600 3600',
  '@ 0 IN NS b',
  '@ 0 IN NS a',
  'a 0 IN AAAA 2001:bd8::53',
  'b 0 IN AAAA 2001:500::54',
]

/** A small zone; incomplete without the SOA at the end (RFC 5936 §2.2). */
function transfer(apex: Name, isComplete: boolean): RRset[] {
  const records = ZONE.map((line) => parseRecord(line, apex))
  return isComplete ? [...records, records[0]] : records
}
