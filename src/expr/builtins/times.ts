import { parseGoDuration } from '../../golang/duration.ts'
import { GoLocation } from '../../golang/location.ts'
import { parseTime } from '../../golang/parsetime.ts'
import { GoTime } from '../../golang/time.ts'
import { GoError, type GoValue } from '../../golang/value.ts'
import { DURATION, STRING, TIME, TIMEZONE } from '../types.ts'
import { type Builtin, builtin, text } from './signature.ts'

/** What `date` reads without being told a layout. */
const LAYOUTS = [
  '2006-01-02',
  '15:04:05',
  '2006-01-02 15:04:05',
  '2006-01-02T15:04:05Z07:00',
  '02 Jan 06 15:04 MST',
  'Monday, 02-Jan-06 15:04:05 MST',
  'Mon, 02 Jan 2006 15:04:05 MST',
]

/** Functions on time. */
export const TIME_BUILTINS: readonly Builtin[] = [
  {
    ...builtin(
      'now',
      [
        [[], TIME],
        [[TIMEZONE], TIME],
      ],
      ([zone]) => GoTime.now(zone instanceof GoLocation ? zone : undefined),
    ),
    volatile: true,
  },
  builtin('duration', [[[STRING], DURATION]], ([duration]) => parseGoDuration(text(duration))),
  builtin('timezone', [[[STRING], TIMEZONE]], ([name]) => GoLocation.load(text(name))),
  builtin(
    'date',
    [
      [[STRING], TIME],
      [[STRING, STRING], TIME],
      [[STRING, STRING, STRING], TIME],
      [[TIMEZONE, STRING], TIME],
      [[TIMEZONE, STRING, STRING], TIME],
    ],
    date,
  ),
]

function date(args: readonly GoValue[]): GoTime {
  const given = args[0] instanceof GoLocation ? args[0] : undefined
  const [day, layout, zone] = given ? args.slice(1) : args
  const location = zone === undefined ? given : GoLocation.load(text(zone))
  if (layout !== undefined) return parseTime(text(layout), text(day), location)
  for (const candidate of LAYOUTS) {
    try {
      return parseTime(candidate, text(day), location)
    } catch (error) {
      if (!(error instanceof GoError)) throw error
    }
  }
  throw new GoError(`invalid date ${text(day)}`)
}
