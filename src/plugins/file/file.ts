import type { ZoneSource } from '../../capabilities.ts'
import { RCODE, TYPE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { type Name, parentOf, sameName } from '../../dns/name.ts'
import { NameTable } from '../../dns/nametable.ts'
import { type Handler, nobodyAnswered, type Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import { answerFrom, isNowhere, type Resolve } from '../../zone/answer.ts'
import type { ZoneImage } from '../../zone/image.ts'
import type { ServedZone } from './servedzone.ts'

const NOT_READY = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.NOT_READY, 'zone not loaded')
const NO_SOA = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.INVALID_DATA, 'zone without SOA record')
const REFUSED = new Reply({ rcode: RCODE.REFUSED })

/** Answers from zone files, of which the one with the longest matching zone counts. */
export class File implements Plugin, ZoneSource {
  readonly name = 'file'
  readonly #zones = new NameTable<ServedZone>()
  readonly #resolve: Resolve

  constructor(zones: readonly ServedZone[], resolve: Resolve) {
    for (const zone of zones) this.#zones.set(zone.options.origin, zone)
    this.#resolve = resolve
  }

  async load(): Promise<void> {
    await this.#each((zone) => zone.load())
  }

  async start(): Promise<void> {
    await this.#each((zone) => zone.start())
  }

  async stop(): Promise<void> {
    await this.#each((zone) => zone.stop())
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const zone = this.#find(query)
    // Whose only business is zones knows nothing of other names, which is no failure.
    if (!zone) return next === nobodyAnswered ? REFUSED : next(query)
    const { image } = zone
    if (!image) return NOT_READY
    if (!image.usable) return NO_SOA
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return REFUSED
    const reply = answerFrom(image, query, this.#resolve)
    if (reply instanceof Reply && zone.options.fallthrough.through(query.name) && isNowhere(image, query, reply))
      return next(query)
    return reply
  }

  get apexes(): readonly Name[] {
    return [...this.#zones].map(([apex]) => apex)
  }

  zone(apex: Name): ZoneImage | undefined {
    const image = this.#zones.get(apex)?.image
    return image?.usable ? image : undefined
  }

  #find(query: Query): ServedZone | undefined {
    const zone = this.#zones.longest(query.name)
    if (!zone || query.type !== TYPE.DS || query.name.length === 1) return zone
    // DS records are on the parent's side of a cut (RFC 4035 §3.1.4.1), where that is served here too.
    const isApex = sameName(query.name, zone.options.origin)
    return (isApex ? this.#zones.longest(parentOf(query.name)) : undefined) ?? zone
  }

  /** All at once; the first error is thrown when all have ended. */
  async #each(action: (zone: ServedZone) => void | Promise<void>): Promise<void> {
    const results = await Promise.allSettled([...this.#zones].map(async ([, zone]) => action(zone)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
}
