import type { ConfigError } from '../../corefile/error.ts'
import { type Name, nameText } from '../../dns/name.ts'
import type { Fallthrough } from '../../fallthrough.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { ZoneError, ZoneErrors } from '../../zone/error.ts'
import type { ZoneImage } from '../../zone/image.ts'

export interface ServedZoneOptions {
  readonly origin: Name
  readonly path: string
  /** How often to look at the file; 0 for never again. Milliseconds. */
  readonly interval: number
  readonly fallthrough: Fallthrough
}

/** How what is found while loading is told, with the directive's place; and that the zone changed afterwards. */
export interface Reporter {
  warn(message: string): void
  error(message: string): ConfigError
  changed(origin: Name): void
}

/** A zone and the file that it comes from: read when the plugin loads and again whenever the file changes. */
export class ServedZone {
  readonly options: ServedZoneOptions
  /** The zone as last read; undefined while there is none. */
  image: ZoneImage | undefined
  readonly #runtime: Runtime
  readonly #report: Reporter
  /** The last complaint, so that none is repeated. */
  #complaint = ''
  #reads = 0
  #end: (() => void) | undefined

  constructor(options: ServedZoneOptions, runtime: Runtime, report: Reporter) {
    this.options = options
    this.#runtime = runtime
    this.#report = report
  }

  /** A zone with mistakes is refused. A file that is not there is waited for, unless it will not be looked at again. */
  async load(): Promise<void> {
    const { path, origin, interval } = this.options
    try {
      this.image = await this.#runtime.files.zone(path, origin)
      for (const warning of this.image.warnings) this.#report.warn(`file: ${warning}`)
    } catch (error) {
      if (error instanceof ZoneError || error instanceof ZoneErrors) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (interval === 0 || this.#runtime.name === 'workers') throw this.#report.error(reason)
      this.#complaint = reason
      this.#report.warn(`file: ${reason}; zone ${nameText(origin)} gets SERVFAIL until it is there`)
    }
  }

  start(): void {
    const { path, interval } = this.options
    if (interval > 0)
      this.#end ??= this.#runtime.files.watch(path, interval, () => this.#runtime.waitUntil(this.#reload()))
  }

  stop(): void {
    this.#end?.()
    this.#end = undefined
    this.#reads++
  }

  /** What was read last stays in use when the file cannot be read or has mistakes. */
  async #reload(): Promise<void> {
    const { path, origin } = this.options
    const { log } = this.#runtime
    const read = ++this.#reads
    try {
      const image = await this.#runtime.files.zone(path, origin)
      // A later read has newer content.
      if (read !== this.#reads) return
      const isSame = image.serial === this.image?.serial
      this.image = image
      this.#complaint = ''
      for (const warning of image.warnings) log.warn(`plugin/file: ${warning}`)
      const hint = isSame ? ', which is the one before: secondary servers will not notice' : ''
      log.info(`plugin/file: reloaded zone ${nameText(origin)} from ${path} with serial ${image.serial}${hint}`)
      if (!isSame) this.#report.changed(origin)
    } catch (error) {
      if (read === this.#reads) this.#complain(error instanceof Error ? error.message : String(error))
    }
  }

  #complain(reason: string): void {
    if (reason === this.#complaint) return
    this.#complaint = reason
    const old = this.image ? 'the zone stays as it was' : 'there is no zone to serve'
    for (const line of reason.split('\n')) this.#runtime.log.error(`plugin/file: ${line}`)
    this.#runtime.log.error(`plugin/file: ${this.options.path}: not loaded, ${old}`)
  }
}
