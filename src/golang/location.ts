import { GoError, type GoObject, type GoValue } from './value.ts'

/** time.Location: a time zone by its IANA name, or a fixed offset. */
export class GoLocation implements GoObject {
  static readonly UTC: GoLocation = new GoLocation('UTC', 0)
  readonly goType = '*time.Location'
  readonly name: string
  readonly #fixed: number | undefined
  readonly #clock: Intl.DateTimeFormat | undefined

  /** `offset` in seconds east of UTC, for zones that never change it. */
  constructor(name: string, offset: number | undefined) {
    this.name = name
    this.#fixed = offset
    this.#clock = offset === undefined ? clockOf(name) : undefined
  }

  /** time.LoadLocation. Throws GoError. */
  static load(name: string): GoLocation {
    if (name === '' || name === 'UTC') return GoLocation.UTC
    // Intl also takes offsets such as +01:00, which are no names of zones.
    if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) throw new GoError(`unknown time zone ${name}`)
    return new GoLocation(name, undefined)
  }

  member(name: string): GoValue | undefined {
    return name === 'String' ? () => this.name : undefined
  }

  toString(): string {
    return this.name
  }

  /** Seconds east of UTC at a moment (seconds since 1970). */
  offsetAt(seconds: number): number {
    if (!this.#clock) return this.#fixed ?? 0
    const parts: Record<string, number> = {}
    for (const { type, value } of this.#clock.formatToParts(seconds * 1000)) parts[type] = Number(value)
    const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second)
    return Math.round(local / 1000 - Math.floor(seconds))
  }

  /** `CET`, `UTC`, or the offset where the zone has no letters. */
  abbreviationAt(seconds: number): string {
    if (!this.#clock) return this.name
    const style = new Intl.DateTimeFormat('en-US', { timeZone: this.name, timeZoneName: 'short' })
    const name = style.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    return /^[A-Z]{2,5}$/.test(name) ? name : offsetText(this.offsetAt(seconds), '')
  }
}

function clockOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    throw new GoError(`unknown time zone ${name}`)
  }
}

/** `+0100`, or `+01:00` with a colon for the separator. */
export function offsetText(offset: number, separator: string): string {
  const minutes = Math.abs(Math.trunc(offset / 60))
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}${separator}${two(minutes % 60)}`
}
