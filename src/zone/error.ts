/** A mistake in a zone file, or in the zone that it describes. The message starts with the place: `db.example:12:7: …`. */
export class ZoneError extends Error {
  readonly code = 'ZONE'
  override name = 'ZoneError'
  /** What is wrong, without the place. */
  readonly reason: string
  /** As the user named it. */
  readonly file: string
  /** From 1; 0 where the whole file is meant. */
  readonly line: number
  /** From 1, in octets; 0 where the whole line is meant. */
  readonly column: number

  constructor(reason: string, file: string, line = 0, column = 0) {
    super(`${place(file, line, column)}: ${reason}`)
    this.reason = reason
    this.file = file
    this.line = line
    this.column = column
  }
}

/** Everything wrong with one zone, in the order of the file. */
export class ZoneErrors extends Error {
  readonly code = 'ZONE'
  override name = 'ZoneErrors'
  readonly errors: readonly ZoneError[]

  constructor(errors: readonly ZoneError[]) {
    super(errors.map((error) => error.message).join('\n'))
    this.errors = errors
  }
}

/** `file:line:column`, as far as known. */
export function place(file: string, line: number, column = 0): string {
  if (line === 0) return file
  return column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`
}
