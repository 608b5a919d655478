import type { ZoneContent, ZoneSource } from './capabilities.ts'
import { ConfigError, ConfigErrors } from './corefile/error.ts'
import { CLASS, RCODE, TYPE } from './dns/constants.ts'
import { EDE } from './dns/edns.ts'
import { type Name, nameText, parentOf, sameName } from './dns/name.ts'
import { NameTable } from './dns/nametable.ts'
import { after, type Handler, nobodyAnswered } from './plugin.ts'
import type { Query } from './query.ts'
import { reasonOf } from './reason.ts'
import { Reply } from './reply.ts'
import { answerFrom, isNowhere, type Resolve } from './zone/answer.ts'
import { ZoneImage } from './zone/image.ts'
import { lookup } from './zone/lookup.ts'
import type { ZoneFile } from './zonefile.ts'

const NOT_READY = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.NOT_READY, 'zone not loaded')
const NO_SOA = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.INVALID_DATA, 'zone without SOA record')
const REFUSED = new Reply({ rcode: RCODE.REFUSED })

/** The zones that one plugin holds; answers from the one with the longest matching apex. */
export class ZoneTable implements ZoneSource, Iterable<ZoneFile> {
  readonly #resolve: Resolve
  #zones = new NameTable<ZoneFile>()
  /** Of zones with other zones of the table below them: is a name in one of those? */
  readonly #elsewhere = new WeakMap<ZoneFile, (name: Name) => boolean>()

  constructor(zones: Iterable<ZoneFile>, resolve: Resolve) {
    this.#resolve = resolve
    this.replace(zones)
  }

  /** Holds these zones from now on, and no others. */
  replace(zones: Iterable<ZoneFile>): void {
    const table = new NameTable<ZoneFile>()
    for (const zone of zones) table.set(zone.options.origin, zone)
    this.#zones = table
    for (const [origin] of table) {
      const above = origin.length > 1 ? table.longest(parentOf(origin)) : undefined
      if (above) this.#elsewhere.set(above, (name) => this.#zones.longest(name) !== above)
    }
  }

  *[Symbol.iterator](): Generator<ZoneFile> {
    for (const [, zone] of this.#zones) yield zone
  }

  /** The zone with this apex. */
  get(apex: Name): ZoneFile | undefined {
    return this.#zones.get(apex)
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const zone = query.class === CLASS.IN ? this.#find(query) : undefined
    if (!zone) return elsewhere(query, next)
    const { image } = zone
    if (!image) return NOT_READY
    if (!image.usable) return NO_SOA
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return REFUSED
    const below = this.#elsewhere.get(zone)
    const reply = answerFrom(image, query, this.#resolve, below && (() => lookup(image, query, below)))
    if (!zone.options.fallthrough.through(query.name)) return reply
    return after(reply, (found) => {
      const isAbsent = isNowhere(image, query, found)
      if (isAbsent instanceof Promise) return isAbsent.then((yes) => (yes ? next(query) : found))
      return isAbsent ? next(query) : found
    })
  }

  /** Why `serve` passes a query on, or answers it. */
  explain(query: Query, passes: boolean): string {
    const zone = query.class === CLASS.IN ? this.#find(query) : undefined
    if (!zone) return query.class === CLASS.IN ? 'the name is in none of its zones' : 'only class IN is for it'
    const apex = nameText(zone.options.origin)
    return passes ? `zone ${apex} does not have the name, and fallthrough is for it` : `zone ${apex}`
  }

  get apexes(): readonly Name[] {
    return [...this.#zones].map(([apex]) => apex)
  }

  zone(apex: Name): ZoneContent | undefined {
    const image = this.#zones.get(apex)?.image
    // Transfers begin and end with the SOA record (RFC 5936 §2.2).
    return image instanceof ZoneImage && image.top.negative.length > 0 ? image : undefined
  }

  #find(query: Query): ZoneFile | undefined {
    const zone = this.#zones.longest(query.name)
    if (!zone || query.type !== TYPE.DS || query.name.length === 1) return zone
    // DS records are on the parent's side of a cut (RFC 4035 §3.1.4.1), where that is served here too.
    const isApex = sameName(query.name, zone.options.origin)
    return (isApex ? this.#zones.longest(parentOf(query.name)) : undefined) ?? zone
  }
}

/** What is none of a plugin's zones is for the next one. Where none follows, that is no failure: there is nothing to know. */
export function elsewhere(query: Query, next: Handler): Reply | Promise<Reply> {
  return next === nobodyAnswered ? REFUSED : next(query)
}

/** Does something with all zones at once; what went wrong is thrown when all have ended. */
export async function forEachZone(
  zones: Iterable<ZoneFile>,
  action: (zone: ZoneFile) => void | Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled([...zones].map(async (zone) => action(zone)))
  const reasons = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason)
  if (reasons.length === 1) throw reasons[0]
  if (reasons.length > 1) throw new ConfigErrors(reasons.map(asConfigError))
}

const asConfigError = (reason: unknown): ConfigError =>
  reason instanceof ConfigError ? reason : new ConfigError(reasonOf(reason))
