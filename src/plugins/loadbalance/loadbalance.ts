import type { Cidr } from '../../address.ts'
import { RCODE, TYPE } from '../../dns/constants.ts'
import { RRset } from '../../dns/rrset.ts'
import { after, type Handler, type Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import type { Weights } from './weights.ts'

export interface LoadBalanceOptions {
  /** Undefined: every order is as likely as any other. */
  readonly weights: Weights | undefined
  /** Addresses in the first of these networks come first, and so on. */
  readonly prefer: readonly Cidr[]
}

type Records = readonly Uint8Array[]

/** Changes the order of records in replies, so that clients that take the first spread over all. */
export class LoadBalance implements Plugin {
  readonly name = 'loadbalance'
  readonly #weights: Weights | undefined
  readonly #prefer: readonly Cidr[]

  constructor({ weights, prefer }: LoadBalanceOptions) {
    this.#weights = weights
    this.#prefer = prefer
  }

  load(): Promise<void> | undefined {
    return this.#weights?.load()
  }

  start(): void {
    this.#weights?.start()
  }

  stop(): void {
    this.#weights?.stop()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    return after(next(query), (reply) => {
      if (reply === DROPPED || reply.rcode !== RCODE.NOERROR) return reply
      if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return reply
      return reply.with({
        answer: this.#section(query, reply.answer),
        authority: this.#section(query, reply.authority),
        additional: this.#section(query, reply.additional),
      })
    })
  }

  #section(query: Query, sets: readonly RRset[]): readonly RRset[] {
    if (sets.length === 0) return sets
    const arranged = sets.map((set) => this.#set(query, set))
    // Some stub resolvers follow an alias only where it comes before the addresses.
    return arranged.toSorted((a, b) => Number(b.type === TYPE.CNAME) - Number(a.type === TYPE.CNAME))
  }

  #set(query: Query, set: RRset): RRset {
    const isAddress = set.type === TYPE.A || set.type === TYPE.AAAA
    if ((!isAddress && set.type !== TYPE.MX) || set.size < 2) return set
    let records: Records = set.rdata()
    if (!this.#weights) records = shuffled(records)
    else if (isAddress && WEIGHTED.has(query.type)) records = this.#weighted(set, records, this.#weights)
    if (isAddress && this.#prefer.length > 0)
      records = records.toSorted((a, b) => rank(a, this.#prefer) - rank(b, this.#prefer))
    return RRset.of(set.owner, set.type, set.ttl, records, set.class)
  }

  /** One record changes places with the first, each with a chance as large as its weight. */
  #weighted(set: RRset, records: Records, weights: Weights): Records {
    const values = records.map((record) => weights.weightOf(set.owner, record))
    let left = Math.random() * values.reduce((sum, value) => sum + value, 0)
    const found = values.findIndex((value) => {
      left -= value
      return left < 0
    })
    return swapped(records, 0, Math.max(found, 0))
  }
}

/** Types whose answers hold addresses that a client chooses from. */
const WEIGHTED: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.SRV])

/** Fisher and Yates: all orders are equally likely. */
function shuffled(records: Records): Records {
  const out = [...records]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    const moved = out[i]
    out[i] = out[j]
    out[j] = moved
  }
  return out
}

function swapped(records: Records, i: number, j: number): Records {
  return records.with(i, records[j]).with(j, records[i])
}

function rank(address: Uint8Array, networks: readonly Cidr[]): number {
  const found = networks.findIndex((network) => network.contains(address))
  return found < 0 ? networks.length : found
}
