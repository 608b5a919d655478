import { WireError } from '../error.ts'
import type { Field } from './define.ts'
import type { RdataReader } from './wire.ts'
import type { Words } from './words.ts'

/** The equator, and the prime meridian, in thousandths of an arc second (RFC 1876 §2). */
const EQUATOR = 2 ** 31
const DEGREE = 3_600_000
const MINUTE = 60_000
/** Altitudes count from 100 km below the reference spheroid, in centimeters. */
const ALTITUDE_BASE = 10_000_000
const MAX_ALTITUDE = 0xffffffff - ALTITUDE_BASE
const MAX_SIZE = 9e9
/** 1 m, 10 km and 10 m. */
const DEFAULT_SIZES = [100, 1_000_000, 1000]

/** Degrees, optionally minutes and seconds, and one of two directions, the first of which is positive. */
function takeAngle(words: Words, label: string, max: number, directions: 'NS' | 'EW'): number {
  let angle = takePart(words, label, max) * DEGREE
  for (const unit of [MINUTE, 1000]) {
    if (!words.peek || directions.includes(words.peek.text.toUpperCase())) break
    angle += takePart(words, label, 59, unit === 1000) * unit
  }
  const direction = words.take(label).toUpperCase()
  const sign = direction.length === 1 ? directions.indexOf(direction) : -1
  if (sign < 0) words.reject(label, `followed by ${directions[0]} or ${directions[1]}`, direction)
  if (angle > max * DEGREE) words.fail(`${label} is over ${max} degrees`)
  return EQUATOR + (sign === 0 ? angle : -angle)
}

function takePart(words: Words, label: string, max: number, fraction = false): number {
  const text = words.take(label)
  const isNumber = fraction ? /^\d{1,2}(?:\.\d{1,3})?$/.test(text) : /^\d{1,3}$/.test(text)
  // Seconds are whole thousandths: the rounding takes off what binary fractions add.
  const value = isNumber ? Math.round(Number(text) * 1000) / 1000 : Number.NaN
  return value < max + 1 && (fraction || value <= max) ? value : words.reject(label, `0–${max}`, text)
}

/** Meters with up to two decimals, in centimeters. */
function takeMeters(words: Words, label: string, min: number, max: number): number {
  const text = words.take(label)
  const centimeters = /^-?\d{1,8}(?:\.\d{1,2})?m?$/i.test(text) ? Math.round(Number.parseFloat(text) * 100) : Number.NaN
  return centimeters >= min && centimeters <= max
    ? centimeters
    : words.reject(label, `meters from ${min / 100} to ${max / 100}`, text)
}

/** A decimal digit and a power of ten, each in four bits. */
function sizeOctet(centimeters: number): number {
  let exponent = 0
  for (; centimeters > 9; exponent++) centimeters = Math.floor(centimeters / 10)
  return (centimeters << 4) | exponent
}

function printAngle(value: number, max: number, directions: 'NS' | 'EW'): string {
  const angle = Math.abs(value - EQUATOR)
  if (angle > max * DEGREE) throw new WireError('angle out of range')
  const minutes = Math.floor((angle % DEGREE) / MINUTE)
  const seconds = ((angle % MINUTE) / 1000).toFixed(3)
  return `${Math.floor(angle / DEGREE)} ${minutes} ${seconds} ${directions[value < EQUATOR ? 1 : 0]}`
}

function printSize(octet: number): string {
  const mantissa = octet >> 4
  const exponent = octet & 15
  if (mantissa > 9 || exponent > 9 || (mantissa === 0 && exponent > 0)) throw new WireError('not a size')
  const centimeters = mantissa * 10 ** exponent
  return exponent > 1 ? `${centimeters / 100}m` : `${(centimeters / 100).toFixed(2)}m`
}

function printPlace(wire: RdataReader): string {
  if (wire.number(1) !== 0) throw new WireError('version of LOC without a text form')
  const sizes = Array.from({ length: 3 }, () => printSize(wire.number(1)))
  const latitude = printAngle(wire.number(4), 90, 'NS')
  const longitude = printAngle(wire.number(4), 180, 'EW')
  const altitude = ((wire.number(4) - ALTITUDE_BASE) / 100).toFixed(2)
  return `${latitude} ${longitude} ${altitude}m ${sizes.join(' ')}`
}

/** A place on earth (RFC 1876). */
export const place: Field = {
  parse(words, out) {
    const latitude = takeAngle(words, 'latitude', 90, 'NS')
    const longitude = takeAngle(words, 'longitude', 180, 'EW')
    const altitude = takeMeters(words, 'altitude', -ALTITUDE_BASE, MAX_ALTITUDE) + ALTITUDE_BASE
    out.number(1, 0)
    const labels = ['size', 'horizontal precision', 'vertical precision']
    for (const [i, label] of labels.entries()) {
      out.number(1, sizeOctet(words.done ? DEFAULT_SIZES[i] : takeMeters(words, label, 0, MAX_SIZE)))
    }
    out.number(4, latitude)
    out.number(4, longitude)
    out.number(4, altitude)
  },
  print: printPlace,
  skip(wire) {
    // Other versions may be laid out in any way (RFC 1876 §2).
    if (wire.left > 0 && wire.octets[wire.at] !== 0) wire.skip(wire.left)
    else wire.skip(16)
  },
}
