import { after, DROPPED, type Handler, isWithin, type Name, type Plugin, type Query, type Reply, RRset } from 'coredge'

/** Leaves one record of each of its types in answers, chosen at random. */
export class OnlyOne implements Plugin {
  readonly name = 'onlyone'
  readonly #zones: readonly Name[]
  readonly #types: ReadonlySet<number>

  /** Names outside the zones are none of its business, and neither are records of other types. */
  constructor(zones: readonly Name[], types: ReadonlySet<number>) {
    this.#zones = zones
    this.#types = types
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    if (!this.#concerns(query)) return next(query)
    return after(next(query), (reply) => (reply === DROPPED ? reply : this.#trim(reply)))
  }

  explain(query: Query): string | undefined {
    return this.#concerns(query) ? undefined : 'the name is in none of its zones'
  }

  #concerns({ name }: Query): boolean {
    return this.#zones.some((zone) => isWithin(name, zone))
  }

  #trim(reply: Reply): Reply {
    const answer = trim(reply.answer, this.#types)
    return answer === reply.answer ? reply : reply.with({ answer })
  }
}

/**
 * Keeps of each of the types one record of all that the section has, whoever owns them, and everything else, in the order
 * that it had. The section itself where nothing is to go.
 */
export function trim(section: readonly RRset[], types: ReadonlySet<number>): readonly RRset[] {
  const counts = new Map<number, number>()
  for (const { type, size } of section) if (types.has(type)) counts.set(type, (counts.get(type) ?? 0) + size)
  if ([...counts.values()].every((count) => count === 1)) return section
  const chosen = new Map([...counts].map(([type, count]) => [type, Math.floor(Math.random() * count)]))
  return section.flatMap((set) => {
    const left = chosen.get(set.type)
    if (left === undefined) return [set]
    chosen.set(set.type, left - set.size)
    // It is in this set, or in another.
    return left >= 0 && left < set.size ? [only(set, left)] : []
  })
}

const only = (set: RRset, index: number): RRset =>
  set.size === 1 ? set : RRset.of(set.owner, set.type, set.ttl, [set.rdata()[index]], set.class)
