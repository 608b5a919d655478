import { isWithin, type Name, nameText } from '../../dns/name.ts'
import type { Fallthrough } from '../../fallthrough.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import { printable } from '../../printable.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { noticesOf, type Runtime } from '../../runtime/runtime.ts'
import { ZoneFile, type ZoneFileReporter } from '../../zonefile.ts'
import { elsewhere, type ZoneTable } from '../../zonetable.ts'
import { type Finds, type Folder, type Found, findZones } from './folder.ts'

export interface AutoOptions {
  readonly folders: readonly Folder[]
  /** Only names in these are answered. */
  readonly zones: readonly Name[]
  /** How often to look at the folders and files; 0 for never again. Milliseconds. */
  readonly interval: number
  readonly fallthrough: Fallthrough
}

/** So many files are read at a time. */
const AT_ONCE = 8

/** Answers from all zone files of its folders; what is added, changed and removed there is so here. */
export class Auto implements Plugin {
  readonly name = 'auto'
  readonly #options: AutoOptions
  readonly #table: ZoneTable
  readonly #runtime: Runtime
  readonly #report: ZoneFileReporter
  /** Complaints of the last scan, so that none is repeated. */
  #told: readonly string[] = []
  #ends: (() => void)[] | undefined
  #held: ReadonlyMap<ZoneFile, Found> = new Map()
  #queued: Promise<void> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(options: AutoOptions, table: ZoneTable, runtime: Runtime, report: ZoneFileReporter) {
    this.#options = options
    this.#table = table
    this.#runtime = runtime
    this.#report = report
  }

  async load(): Promise<void> {
    const finds = await this.#scan()
    // What is not there now will never be.
    if (this.#runtime.name === 'workers') for (const [folder, reason] of finds.unread) throw folder.error(reason)
  }

  start(): void {
    const { folders, interval } = this.#options
    const rescan = (): void => this.#runtime.waitUntil(this.#rescan())
    this.#ends ??= interval > 0 ? folders.map(({ path }) => this.#runtime.files.watch(path, interval, rescan)) : []
    for (const zone of this.#table) this.#watch(zone)
  }

  stop(): void {
    for (const end of this.#ends ?? []) end()
    this.#ends = undefined
    for (const zone of this.#table) zone.stop()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const isOurs = this.#options.zones.some((zone) => isWithin(query.name, zone))
    return isOurs ? this.#table.serve(query, next) : elsewhere(query, next)
  }

  explain(query: Query, passes: boolean): string {
    const isOurs = this.#options.zones.some((zone) => isWithin(query.name, zone))
    return isOurs ? this.#table.explain(query, passes) : 'the name is in none of its zones'
  }

  #watch(zone: ZoneFile): void {
    zone.start(async () => {
      // A file may have changed by vanishing.
      await this.#rescan()
      if (this.#held.has(zone)) await zone.reload()
    })
  }

  /** Scans when the scan under way is done; whoever asks before that one begins shares it. */
  #rescan(): Promise<void> {
    this.#queued ??= this.#last.then(async () => {
      this.#queued = undefined
      if (this.#ends) await this.#scan()
    })
    this.#last = this.#queued
    return this.#queued
  }

  async #scan(): Promise<Finds> {
    const { folders, zones } = this.#options
    // A zone above those that are asked for answers them too.
    const isWanted = (origin: Name): boolean => zones.some((zone) => isWithin(origin, zone) || isWithin(zone, origin))
    const finds = await findZones(this.#runtime.files, folders, isWanted)
    this.#complain([...finds.unread.values(), ...finds.complaints])
    await this.#adopt(finds)
    return finds
  }

  #complain(complaints: readonly string[]): void {
    for (const complaint of complaints)
      if (!this.#told.includes(complaint)) noticesOf(this.#runtime).warn(`plugin/auto: ${printable(complaint)}`)
    this.#told = complaints
  }

  /** Loads the zones that are new, then serves what there is; those of a folder that cannot be read now stay. */
  async #adopt(finds: Finds): Promise<void> {
    const kept = [...this.#held].filter(([, found]) => isStill(found, finds))
    const origins = new Set(kept.map(([, { origin }]) => nameText(origin)))
    const fresh = [...finds.zones]
      .filter(([origin]) => !origins.has(origin))
      .map(([, found]) => [this.#zoneFile(found), found] as const)
    await inTurns(fresh, ([zone]) => zone.load())
    const before = this.#held
    const olds = fresh.map(([, { origin }]) => this.#table.get(origin))
    this.#held = new Map([...kept, ...fresh])
    this.#table.replace(this.#held.keys())
    for (const [i, [zone]] of fresh.entries()) this.#enter(zone, olds[i])
    for (const [zone, { origin, path }] of before) {
      if (this.#held.has(zone)) continue
      zone.stop()
      if (!finds.zones.has(nameText(origin)))
        noticesOf(this.#runtime).info(`plugin/auto: zone ${nameText(origin)} is gone with ${path}`)
    }
  }

  #zoneFile({ origin, path }: Found): ZoneFile {
    const { interval, fallthrough } = this.#options
    return new ZoneFile({ origin, path, interval, fallthrough }, this.#runtime, this.#report)
  }

  /** `old` is where the zone came from before, if it did. */
  #enter(zone: ZoneFile, old: ZoneFile | undefined): void {
    const { origin, path } = zone.options
    const log = noticesOf(this.#runtime)
    if (this.#ends) this.#watch(zone)
    if (zone.image) {
      log.info(`plugin/auto: zone ${nameText(origin)} comes from ${path} with serial ${zone.image.serial}`)
      this.#report.changed(origin)
      return
    }
    zone.image = old?.image
    const state = zone.image ? 'stays as it was' : 'gets SERVFAIL until its file can be loaded'
    log.error(`plugin/auto: zone ${nameText(origin)} ${state}`)
  }
}

function isStill({ origin, path, folder }: Found, { zones, unread }: Finds): boolean {
  const there = zones.get(nameText(origin))
  return there ? there.path === path : unread.has(folder)
}

/** Does something with all of a list, a few at a time. */
async function inTurns<T>(list: readonly T[], action: (one: T) => Promise<void>): Promise<void> {
  const left = list.values()
  const work = async (): Promise<void> => {
    for (const one of left) await action(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
