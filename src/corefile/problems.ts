import { ConfigError, ConfigErrors } from './error.ts'

/** As many are shown; a file that is no Corefile at all has one in every line. */
export const MAX_PROBLEMS = 1000

/** What is found to be wrong. What comes after the thousandth is left out, and no more need be looked for. */
export class Problems {
  readonly #errors: ConfigError[] = []
  #surplus: ConfigError | undefined

  get isFull(): boolean {
    return this.#surplus !== undefined
  }

  add(error: ConfigError): void {
    if (this.#errors.length < MAX_PROBLEMS) this.#errors.push(error)
    else this.#surplus ??= new ConfigError(`there are more than ${MAX_PROBLEMS} errors`, error.position)
  }

  /** Throws ConfigErrors where there are any: those of one file in the order of its lines, files as they were read. */
  throwIfAny(): void {
    if (this.#errors.length === 0) return
    const files = [...new Set(this.#errors.map(({ position }) => position?.file))]
    const rank = new Map(files.map((file, i) => [file, i]))
    this.#errors.sort(
      ({ position: a }, { position: b }) =>
        rank.get(a?.file)! - rank.get(b?.file)! || (a && b ? a.line - b.line || a.column - b.column : 0),
    )
    throw new ConfigErrors(this.#surplus ? [...this.#errors, this.#surplus] : this.#errors)
  }
}
