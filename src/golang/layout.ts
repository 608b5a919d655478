import { offsetText } from './location.ts'
import type { GoTime } from './time.ts'

/** Times as text by Go's layouts: the reference time Mon Jan 2 15:04:05 MST 2006 written as it is to look. */

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** Elements of a layout, longest first where one starts another. */
export const LAYOUT_ELEMENT =
  /January|Jan|Monday|Mon|MST|2006|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|[.,]0+(?!\d)|[.,]9+(?!\d)|__2|002|_2|01|02|03|04|05|06|15|PM|pm|1|2|3|4|5/g

const two = (value: number): string => String(value).padStart(2, '0')

/** time.Time.Format. */
export function formatTime(time: GoTime, layout: string): string {
  return layout.replace(LAYOUT_ELEMENT, (element) => formatElement(time, element))
}

function formatElement(time: GoTime, element: string): string {
  const { wall } = time
  if (/^[.,]/.test(element)) return formatFraction(time, element)
  if (/^[Z-]/.test(element)) return formatZone(time, element)
  switch (element) {
    case '2006':
      return String(wall.getUTCFullYear()).padStart(4, '0')
    case '06':
      return two(wall.getUTCFullYear() % 100)
    case 'January':
      return MONTHS[wall.getUTCMonth()]
    case 'Jan':
      return MONTHS[wall.getUTCMonth()].slice(0, 3)
    case '01':
      return two(wall.getUTCMonth() + 1)
    case '1':
      return String(wall.getUTCMonth() + 1)
    case 'Monday':
      return DAYS[wall.getUTCDay()]
    case 'Mon':
      return DAYS[wall.getUTCDay()].slice(0, 3)
    case '002':
      return String(yearDay(wall)).padStart(3, '0')
    case '__2':
      return String(yearDay(wall)).padStart(3, ' ')
  }
  return formatClock(time, element)
}

function formatClock({ wall, location, seconds }: GoTime, element: string): string {
  const hour = wall.getUTCHours()
  switch (element) {
    case '02':
      return two(wall.getUTCDate())
    case '_2':
      return String(wall.getUTCDate()).padStart(2, ' ')
    case '2':
      return String(wall.getUTCDate())
    case '15':
      return two(hour)
    case '03':
      return two(hour % 12 || 12)
    case '3':
      return String(hour % 12 || 12)
    case '04':
      return two(wall.getUTCMinutes())
    case '4':
      return String(wall.getUTCMinutes())
    case '05':
      return two(wall.getUTCSeconds())
    case '5':
      return String(wall.getUTCSeconds())
    case 'PM':
      return hour < 12 ? 'AM' : 'PM'
    case 'pm':
      return hour < 12 ? 'am' : 'pm'
  }
  return location.abbreviationAt(seconds)
}

/** `.000` has all digits, `.999` leaves trailing zeros and an empty fraction out. */
function formatFraction(time: GoTime, element: string): string {
  const digits = time.fraction
    .toString()
    .padStart(9, '0')
    .slice(0, element.length - 1)
  const shown = element[1] === '0' ? digits : digits.replace(/0+$/, '')
  return shown && element[0] + shown
}

function formatZone({ offset }: GoTime, element: string): string {
  if (element.startsWith('Z') && offset === 0) return 'Z'
  const text = offsetText(offset, element.includes(':') ? ':' : '')
  if (element.slice(1) === '07') return text.slice(0, 3)
  if (!/^.07:?00:?00$/.test(element)) return text
  return text + (element.includes(':') ? ':' : '') + two(Math.abs(offset) % 60)
}

/** The number of the day in its year, from 1. */
export function yearDay(wall: Date): number {
  return Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
}
