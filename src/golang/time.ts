import { GoDuration, SECOND } from './duration.ts'
import { formatTime, yearDay } from './layout.ts'
import { GoLocation } from './location.ts'
import { GoError, type GoObject, type GoValue } from './value.ts'

/** time.Time: a moment, and the time zone to show it in. */
export class GoTime implements GoObject {
  readonly goType = 'time.Time'
  /** Since 1970. */
  readonly nanoseconds: bigint
  readonly location: GoLocation
  #wall: Date | undefined

  constructor(nanoseconds: bigint, location: GoLocation = GoLocation.UTC) {
    this.nanoseconds = nanoseconds
    this.location = location
  }

  static now(location?: GoLocation): GoTime {
    return new GoTime(BigInt(Date.now()) * 1_000_000n, location)
  }

  /** Whole seconds since 1970. */
  get seconds(): number {
    return Number((this.nanoseconds - this.fraction) / SECOND)
  }

  /** Nanoseconds within the second. */
  get fraction(): bigint {
    return ((this.nanoseconds % SECOND) + SECOND) % SECOND
  }

  get offset(): number {
    return this.location.offsetAt(this.seconds)
  }

  /** A Date whose UTC fields are the clock's where `location` is. */
  get wall(): Date {
    this.#wall ??= new Date((this.seconds + this.offset) * 1000)
    return this.#wall
  }

  member(name: string): GoValue | undefined {
    return Object.hasOwn(TIME_METHODS, name) ? (...args) => TIME_METHODS[name].run(this, args) : undefined
  }

  toString(): string {
    return formatTime(this, '2006-01-02 15:04:05.999999999 -0700 MST')
  }
}

interface Method {
  /** The kind of value that it gives. */
  readonly gives: 'int' | 'bool' | 'string' | 'time' | 'duration' | 'timezone'
  run(time: GoTime, args: readonly GoValue[]): GoValue
}

const field = (read: (wall: Date) => number): Method => ({ gives: 'int', run: ({ wall }) => BigInt(read(wall)) })
const order = (holds: (a: bigint, b: bigint) => boolean): Method => ({
  gives: 'bool',
  run: (time, [other]) => holds(time.nanoseconds, asTime(other).nanoseconds),
})
const shown = (layout: (args: readonly GoValue[]) => string): Method => ({
  gives: 'string',
  run: (time, args) => formatTime(time, layout(args)),
})

/** What a moment can be asked for. */
export const TIME_METHODS: { readonly [name: string]: Method } = {
  Year: field((wall) => wall.getUTCFullYear()),
  Month: field((wall) => wall.getUTCMonth() + 1),
  Day: field((wall) => wall.getUTCDate()),
  Hour: field((wall) => wall.getUTCHours()),
  Minute: field((wall) => wall.getUTCMinutes()),
  Second: field((wall) => wall.getUTCSeconds()),
  Weekday: field((wall) => wall.getUTCDay()),
  YearDay: field(yearDay),
  Nanosecond: { gives: 'int', run: (time) => time.fraction },
  Unix: { gives: 'int', run: (time) => BigInt(time.seconds) },
  UnixMilli: { gives: 'int', run: (time) => time.nanoseconds / 1_000_000n },
  UnixMicro: { gives: 'int', run: (time) => time.nanoseconds / 1000n },
  UnixNano: { gives: 'int', run: (time) => time.nanoseconds },
  IsZero: { gives: 'bool', run: (time) => time.nanoseconds === ZERO_TIME },
  Before: order((a, b) => a < b),
  After: order((a, b) => a > b),
  Equal: order((a, b) => a === b),
  Add: { gives: 'time', run: (time, [by]) => new GoTime(time.nanoseconds + asDuration(by), time.location) },
  AddDate: { gives: 'time', run: addDate },
  Sub: { gives: 'duration', run: (time, [from]) => new GoDuration(time.nanoseconds - asTime(from).nanoseconds) },
  Truncate: { gives: 'time', run: truncate },
  In: { gives: 'time', run: (time, [zone]) => new GoTime(time.nanoseconds, asLocation(zone)) },
  UTC: { gives: 'time', run: (time) => new GoTime(time.nanoseconds) },
  Location: { gives: 'timezone', run: (time) => time.location },
  Format: shown(([layout]) => asText(layout)),
  String: { gives: 'string', run: (time) => time.toString() },
}

/** Go counts from the year 1. */
export const ZERO_TIME = BigInt(-62_135_596_800) * SECOND

function addDate(time: GoTime, args: readonly GoValue[]): GoTime {
  const [years, months, days] = args.map((arg) => (typeof arg === 'bigint' ? Number(arg) : raise('int', arg)))
  const { wall, location } = time
  const moved = Date.UTC(
    wall.getUTCFullYear() + years,
    wall.getUTCMonth() + months,
    wall.getUTCDate() + days,
    wall.getUTCHours(),
    wall.getUTCMinutes(),
    wall.getUTCSeconds(),
  )
  if (Number.isNaN(moved)) throw new GoError('time is out of range')
  return fromWall(moved / 1000, time.fraction, location)
}

/** Go truncates since the zero time, which is a Monday. */
function truncate(time: GoTime, [to]: readonly GoValue[]): GoTime {
  const step = asDuration(to)
  if (step <= 0n) return time
  return new GoTime(time.nanoseconds - ((time.nanoseconds - ZERO_TIME) % step), time.location)
}

/** The moment at which the clock where `location` is shows so many seconds since 1970. */
export function fromWall(seconds: number, fraction: bigint, location: GoLocation): GoTime {
  const guess = seconds - location.offsetAt(seconds)
  const exact = seconds - location.offsetAt(guess)
  return new GoTime(BigInt(exact) * SECOND + fraction, location)
}

const asTime = (value: GoValue): GoTime => (value instanceof GoTime ? value : raise('time.Time', value))
const asDuration = (value: GoValue): bigint =>
  value instanceof GoDuration ? value.nanoseconds : typeof value === 'bigint' ? value : raise('time.Duration', value)
const asLocation = (value: GoValue): GoLocation =>
  value instanceof GoLocation ? value : raise('*time.Location', value)
const asText = (value: GoValue): string => (typeof value === 'string' ? value : raise('string', value))

function raise(wanted: string, got: GoValue): never {
  throw new GoError(`expected ${wanted}, got ${typeof got}`)
}
