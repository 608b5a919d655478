import { place, ZoneError } from './error.ts'

const MOST_ERRORS = 100
const MOST_WARNINGS = 100

/** Thrown when a file has so many errors that reading on is of no use. */
export class TooManyErrors extends Error {}

/** Errors and warnings about one zone, in the order found. */
export class Problems {
  readonly errors: ZoneError[] = []
  readonly warnings: string[] = []
  /** Names of the files read: the zone's, then those that it includes. */
  readonly files: string[] = []
  #more = 0

  error(message: string, file: number, line = 0, column = 0): void {
    const error = new ZoneError(message, this.files[file], line, column)
    // A file may be included more than once.
    if (this.errors.some((other) => other.message === error.message)) return
    this.errors.push(error)
    if (this.errors.length < MOST_ERRORS) return
    this.errors.push(new ZoneError('too many errors, the rest is not looked at', this.files[file]))
    throw new TooManyErrors()
  }

  warn(message: string, file: number, line = 0, column = 0): void {
    if (this.warnings.length < MOST_WARNINGS) this.warnings.push(`${place(this.files[file], line, column)}: ${message}`)
    else this.#more++
  }

  /** The warnings, the last of which tells how many more there were. */
  allWarnings(): string[] {
    return this.#more === 0 ? this.warnings : [...this.warnings, `${this.files[0]}: ${this.#more} more warnings`]
  }
}
