import { printable } from './printable.ts'
import { reasonOf } from './reason.ts'
import { noticesOf, type Runtime } from './runtime/runtime.ts'

export interface WatchedFileOptions {
  readonly runtime: Runtime
  readonly path: string
  /** Milliseconds; 0 for a file that is read once. */
  readonly interval: number
  /** Takes the octets, or throws and changes nothing. */
  readonly apply: (content: Uint8Array) => void
}

/** A file that a plugin reads when it loads and again whenever it changes. What was read last stays when that fails. */
export class WatchedFile {
  readonly path: string
  readonly #plugin: string
  readonly #runtime: Runtime
  readonly #interval: number
  readonly #apply: (content: Uint8Array) => void
  #reads = 0
  #end: (() => void) | undefined

  /** For the log: whose file it is. */
  constructor(plugin: string, { runtime, path, interval, apply }: WatchedFileOptions) {
    this.#plugin = plugin
    this.path = path
    this.#runtime = runtime
    this.#interval = interval
    this.#apply = apply
  }

  /** Reads the file. Rejects where it cannot be read, or `apply` refuses it. */
  async load(): Promise<void> {
    const read = ++this.#reads
    const bytes = await this.#runtime.files.read(this.path)
    // A later read has newer content.
    if (read === this.#reads) this.#apply(bytes)
  }

  start(): void {
    if (this.#interval > 0) this.#end ??= this.#runtime.files.watch(this.path, this.#interval, () => this.#reload())
  }

  stop(): void {
    this.#end?.()
    this.#end = undefined
    this.#reads++
  }

  #reload(): void {
    this.#runtime.waitUntil(
      this.load().catch((error: unknown) => {
        const reason = printable(reasonOf(error))
        noticesOf(this.#runtime).warn(`plugin/${this.#plugin}: ${reason}; what was read before stays in use`)
      }),
    )
  }
}
