import type { Name } from '../../dns/name.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { type Subnet, scopedName, subnetOf } from './subnet.ts'

/** Lengths of networks that are told apart; further ones count as the next shorter. */
const MAX_LENGTHS = 24

/**
 * Under which names replies are kept that hold for some networks only (RFC 7871 §7.3.1). As long as no reply tells a
 * network, options in queries mean nothing: they were not passed on.
 */
export class Scopes {
  /** By family: lengths that replies had, the longest first. */
  readonly #lengths = new Map<number, number[]>()

  /** The query's network, where that makes a difference. */
  subnetOf(query: Query): Subnet | undefined {
    return this.#lengths.size === 0 ? undefined : subnetOf(query)
  }

  /** The names to look for, the closest first. */
  *keys(name: Name, subnet: Subnet): Generator<Name> {
    for (const length of this.#lengths.get(subnet.family) ?? [])
      if (length <= subnet.source) yield scopedName(name, subnet, length)
    yield scopedName(name, subnet, 0)
  }

  /** The name to keep a reply under, and the length of the network that it holds for. */
  keyOf(query: Query, reply: Reply): { name: Name; scope: number | undefined } {
    const told = subnetOf(reply)
    const asked = told || this.#lengths.size > 0 ? subnetOf(query) : undefined
    if (!asked) return { name: query.name, scope: undefined }
    // An answer for less than was told holds for what was told (§7.3.1).
    const length = told?.family === asked.family ? Math.min(told.scope, asked.source) : 0
    const scope = this.#remember(asked.family, length)
    return { name: scopedName(query.name, asked, scope), scope }
  }

  #remember(family: number, length: number): number {
    const lengths = this.#lengths.get(family)
    if (!lengths) {
      this.#lengths.set(family, length === 0 ? [] : [length])
      return length
    }
    if (length === 0 || lengths.includes(length)) return length
    // Kept for a smaller network than it holds for, if there are too many lengths: never for a larger one.
    if (lengths.length >= MAX_LENGTHS) return [...lengths].reverse().find((known) => known > length) ?? lengths[0]
    lengths.push(length)
    lengths.sort((a, b) => b - a)
    return length
  }
}
