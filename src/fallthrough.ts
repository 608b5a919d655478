import { isWithin, type Name, ROOT } from './dns/name.ts'

/** For which names a plugin that finds nothing passes the query on: the property `fallthrough [ZONES…]`. */
export class Fallthrough {
  /** The plugin's answer is final. */
  static readonly NEVER: Fallthrough = new Fallthrough([])
  readonly #zones: readonly Name[]

  private constructor(zones: readonly Name[]) {
    this.#zones = zones
  }

  /** From the property as last written; without zones it holds for all names. */
  static from(property: { readonly args: { readonly zones: readonly Name[] } } | undefined): Fallthrough {
    if (!property) return Fallthrough.NEVER
    const { zones } = property.args
    return new Fallthrough(zones.length > 0 ? zones : [ROOT])
  }

  through(name: Name): boolean {
    return this.#zones.some((zone) => isWithin(name, zone))
  }
}
