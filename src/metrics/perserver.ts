import { type Name, nameText } from '../dns/name.ts'
import type { Query } from '../query.ts'

/** One of something, such as a counter, for each listener that queries come to. */
export class PerServer<T> {
  readonly #made: (T | undefined)[] = []
  readonly #make: (server: string) => T

  constructor(make: (server: string) => T) {
    this.#make = make
  }

  /** The one of the query's listener; made when its first query comes. */
  of(query: Query): T {
    const { index, text } = query.server
    const there = this.#made[index]
    if (there !== undefined) return there
    const made = this.#make(text)
    this.#made[index] = made
    return made
  }
}

/** One of something for each listener and each zone of a configuration, which are told apart as objects. */
export class PerZone<T> {
  readonly #made = new PerServer(() => new Map<Name, T>())
  readonly #make: (server: string, zone: string) => T

  constructor(make: (server: string, zone: string) => T) {
    this.#make = make
  }

  of(query: Query, zone: Name): T {
    const byZone = this.#made.of(query)
    const there = byZone.get(zone)
    if (there !== undefined) return there
    const made = this.#make(query.server.text, nameText(zone))
    byZone.set(zone, made)
    return made
  }
}
