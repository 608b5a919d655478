import { printable } from '../printable.ts'

/** A place in a Corefile: file as named by the user, line and column from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The user's mistake in a Corefile or in a file that it names. The message starts with the position. */
export class ConfigError extends Error {
  readonly code = 'CONFIG'
  override name = 'ConfigError'
  readonly position: Position | undefined

  constructor(message: string, position?: Position) {
    // The words that a message quotes may have line ends in them.
    super(position ? `${position.file}:${position.line}:${position.column}: ${printable(message)}` : message)
    this.position = position
  }
}

/** Several mistakes at once; `check` reports them all. */
export class ConfigErrors extends Error {
  readonly code = 'CONFIG'
  override name = 'ConfigErrors'
  readonly errors: readonly ConfigError[]

  constructor(errors: readonly ConfigError[]) {
    super(errors.map((error) => error.message).join('\n'))
    this.errors = errors
  }
}
