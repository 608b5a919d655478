import type { Plugin } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import type { Runtime } from '../../runtime/runtime.ts'

/** Only tells the other plugins of the block where files are; says so when the folder is not there yet. */
export class Root implements Plugin {
  readonly name = 'root'
  readonly #folder: string
  readonly #runtime: Runtime
  readonly #warn: (message: string) => void

  constructor(folder: string, runtime: Runtime, warn: (message: string) => void) {
    this.#folder = folder
    this.#runtime = runtime
    this.#warn = warn
  }

  /** A missing folder is no error: it may be mounted later. */
  async load(): Promise<void> {
    // The assets of a Worker have no folders to list.
    if (this.#runtime.name === 'workers') return
    try {
      await this.#runtime.files.list(this.#folder)
    } catch (error) {
      this.#warn(`folder does not exist yet: ${reasonOf(error)}`)
    }
  }
}
