import { type Name, nameText } from './dns/name.ts'
import type { Fallthrough } from './fallthrough.ts'
import { reasonOf } from './reason.ts'
import { noticesOf, type Runtime } from './runtime/runtime.ts'
import type { LoadedZone } from './zone/view.ts'

/** A zone, and the file that it is read from. */
export interface ZoneFileOptions {
  readonly origin: Name
  readonly path: string
  /** How often to look at the file; 0 for never again. Milliseconds. */
  readonly interval: number
  readonly fallthrough: Fallthrough
}

/** What a plugin makes of what happens to its zones. */
export interface ZoneFileReporter {
  /** The plugin's name, for the log. */
  readonly plugin: string
  /** Something doubtful in a zone that was loaded. */
  warn(message: string): void
  /** A zone could not be loaded: throws the error, or tells it and goes on without. */
  failed(error: unknown, zone: ZoneFileOptions): void
  /** A reload has brought a new serial, or the zone at all. */
  changed(origin: Name): void
}

/** A zone that is read from its file when its plugin loads, and again whenever the file changes. */
export class ZoneFile {
  readonly options: ZoneFileOptions
  /** The zone as last read; undefined while there is none. */
  image: LoadedZone | undefined
  readonly #runtime: Runtime
  readonly #report: ZoneFileReporter
  /** The last complaint, so that none is repeated. */
  #complaint = ''
  #reads = 0
  #end: (() => void) | undefined

  constructor(options: ZoneFileOptions, runtime: Runtime, report: ZoneFileReporter) {
    this.options = options
    this.#runtime = runtime
    this.#report = report
  }

  async load(): Promise<void> {
    const { path, origin } = this.options
    try {
      this.image = await this.#runtime.files.zone(path, origin)
      for (const warning of this.image.warnings) this.#report.warn(warning)
    } catch (error) {
      this.#complaint = reasonOf(error)
      this.#report.failed(error, this.options)
    }
  }

  /** Looks after the file from now on. `changed` is called in place of `reload` when it may have changed. */
  start(changed: () => Promise<void> = () => this.reload()): void {
    const { path, interval } = this.options
    if (interval > 0) this.#end ??= this.#runtime.files.watch(path, interval, () => this.#runtime.waitUntil(changed()))
  }

  stop(): void {
    this.#end?.()
    this.#end = undefined
    this.#reads++
  }

  /** Reads the file again. What was read last stays in use when it cannot be read or has mistakes. */
  async reload(): Promise<void> {
    const { path, origin } = this.options
    const log = noticesOf(this.#runtime)
    const { plugin } = this.#report
    const read = ++this.#reads
    try {
      const image = await this.#runtime.files.zone(path, origin)
      // A later read has newer content.
      if (read !== this.#reads) return
      const isSame = image.serial === this.image?.serial
      this.image = image
      this.#complaint = ''
      for (const warning of image.warnings) log.warn(`plugin/${plugin}: ${warning}`)
      const hint = isSame ? ', which is the one before: secondary servers will not notice' : ''
      log.info(`plugin/${plugin}: reloaded zone ${nameText(origin)} from ${path} with serial ${image.serial}${hint}`)
      if (!isSame) this.#report.changed(origin)
    } catch (error) {
      if (read === this.#reads) this.#complain(reasonOf(error))
    }
  }

  #complain(reason: string): void {
    if (reason === this.#complaint) return
    this.#complaint = reason
    const { plugin } = this.#report
    const old = this.image ? 'the zone stays as it was' : 'there is no zone to serve'
    const log = noticesOf(this.#runtime)
    for (const line of reason.split('\n')) log.error(`plugin/${plugin}: ${line}`)
    log.error(`plugin/${plugin}: ${this.options.path}: not loaded, ${old}`)
  }
}
