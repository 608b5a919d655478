import type { Cidr } from '../../address.ts'
import { RCODE, TYPE } from '../../dns/constants.ts'
import { copy } from '../../dns/copy.ts'
import { u16 } from '../../dns/header.ts'
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
    return after(next(query), (reply) => this.#arrange(query, reply))
  }

  #arrange(query: Query, reply: Reply): Reply {
    if (reply === DROPPED || reply.rcode !== RCODE.NOERROR) return reply
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return reply
    const answer = this.#section(query, reply.answer)
    const authority = this.#section(query, reply.authority)
    const additional = this.#section(query, reply.additional)
    if (answer === reply.answer && authority === reply.authority && additional === reply.additional) return reply
    return reply.with({ answer, authority, additional })
  }

  /** The sets in the order that clients are to see; the same array where nothing has another place. */
  #section(query: Query, sets: readonly RRset[]): readonly RRset[] {
    let arranged: RRset[] | undefined
    for (let i = 0; i < sets.length; i++) {
      const set = this.#set(query, sets[i])
      if (set === sets[i]) continue
      arranged ??= sets.slice()
      arranged[i] = set
    }
    return aliasesFirst(arranged ?? sets)
  }

  #set(query: Query, set: RRset): RRset {
    const isAddress = set.type === TYPE.A || set.type === TYPE.AAAA
    if ((!isAddress && set.type !== TYPE.MX) || set.size < 2) return set
    let arranged = set
    if (!this.#weights) arranged = shuffled(set)
    else if (isAddress && WEIGHTED.has(query.type)) arranged = this.#weighted(set, this.#weights)
    return isAddress && this.#prefer.length > 0 ? this.#preferred(arranged) : arranged
  }

  #preferred(set: RRset): RRset {
    const records = set.rdata().toSorted((a, b) => rank(a, this.#prefer) - rank(b, this.#prefer))
    return withRecords(set, records)
  }

  /** One record changes places with the first, each with a chance as large as its weight. */
  #weighted(set: RRset, weights: Weights): RRset {
    const records: Records = set.rdata()
    const values = records.map((record) => weights.weightOf(set.owner, record))
    let left = Math.random() * values.reduce((sum, value) => sum + value, 0)
    const found = values.findIndex((value) => {
      left -= value
      return left < 0
    })
    return withRecords(set, swapped(records, 0, Math.max(found, 0)))
  }
}

/** Types whose answers hold addresses that a client chooses from. */
const WEIGHTED: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.SRV])

/** Some stub resolvers follow an alias only where it comes before the addresses. */
function aliasesFirst(sets: readonly RRset[]): readonly RRset[] {
  for (let i = 1; i < sets.length; i++)
    if (sets[i].type === TYPE.CNAME && sets[i - 1].type !== TYPE.CNAME)
      return sets.toSorted((a, b) => Number(b.type === TYPE.CNAME) - Number(a.type === TYPE.CNAME))
  return sets
}

/** Fisher and Yates: all orders are equally likely. */
function shuffled({ owner, type, class: rclass, ttl, data, start, end }: RRset): RRset {
  const starts: number[] = []
  for (let at = start; at < end; at += 2 + u16(data, at)) starts.push(at)
  for (let i = starts.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    const moved = starts[i]
    starts[i] = starts[j]
    starts[j] = moved
  }
  const out = new Uint8Array(end - start)
  let to = 0
  for (const at of starts) to = copy(data, at, 2 + u16(data, at), out, to)
  return new RRset(owner, type, rclass, ttl, out)
}

const withRecords = (set: RRset, records: Records): RRset => RRset.of(set.owner, set.type, set.ttl, records, set.class)

function swapped(records: Records, i: number, j: number): Records {
  return records.with(i, records[j]).with(j, records[i])
}

function rank(address: Uint8Array, networks: readonly Cidr[]): number {
  const found = networks.findIndex((network) => network.contains(address))
  return found < 0 ? networks.length : found
}
