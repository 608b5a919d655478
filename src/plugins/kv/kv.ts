import { StoredZones, type StoredZonesOptions } from '../../storedzones.ts'

/** Answers from zones in Workers KV, or in SQLite. */
export class Kv extends StoredZones {
  readonly #check: () => void

  /** `check`: throws where the store can never be opened. */
  constructor({ check, ...options }: StoredZonesOptions & { check(): void }) {
    super(options)
    this.#check = check
  }

  load(): void {
    this.#check()
  }
}
