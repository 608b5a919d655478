import { exponentText, formatFloat, quote } from './strconv.ts'
import { type GoValue, isArray, isBytes, isMap, isObject, sortedKeys, typeName, utf8 } from './value.ts'

/** One directive of a Printf format: `%-08.3f`. */
export interface Verb {
  letter: string
  minus: boolean
  plus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  width: number
  precision: number | undefined
}

/** Writes one value by one directive. */
export function formatVerb(verb: Verb, value: GoValue | undefined): string {
  if (verb.letter === 'T') return pad(verb, value === undefined ? '<nil>' : typeName(value))
  if (value === undefined || value === null) return pad(verb, verb.letter === 'v' ? '<nil>' : `%!${verb.letter}(<nil>)`)
  if (typeof value === 'string') return formatText(verb, value, value)
  if (typeof value === 'bigint') return formatInteger(verb, value)
  if (typeof value === 'number') return formatNumber(verb, value)
  if (typeof value === 'boolean') return 'tv'.includes(verb.letter) ? pad(verb, String(value)) : wrong(verb, value)
  if (isBytes(value)) return formatBytes(verb, value)
  if (isArray(value)) return `[${value.map((item) => formatVerb(verb, item)).join(' ')}]`
  if (isMap(value)) {
    return `map[${sortedKeys(value)
      .map((key) => `${formatVerb(verb, key)}:${formatVerb(verb, value.get(key))}`)
      .join(' ')}]`
  }
  return isObject(value) ? formatText(verb, String(value), value) : wrong(verb, value)
}

/** The value stands there as `%v` with the same flags would write it. */
const wrong = (verb: Verb, value: GoValue): string =>
  `%!${verb.letter}(${typeName(value)}=${formatVerb({ ...verb, letter: 'v', sharp: false }, value)})`

/** Zeros go in front of anything but numbers that are none, and behind the sign of those that are one. */
function pad(verb: Verb, text: string, what: 'text' | 'number' | 'no number' = 'text'): string {
  const missing = verb.width - [...text].length
  if (missing <= 0) return text
  if (verb.minus) return text + ' '.repeat(missing)
  if (!verb.zero || what === 'no number') return ' '.repeat(missing) + text
  const sign = what === 'number' ? /^[+\- ]?(0[xXob])?/.exec(text)![0] : ''
  return sign + '0'.repeat(missing) + text.slice(sign.length)
}

function formatText(verb: Verb, text: string, value: GoValue): string {
  switch (verb.letter) {
    case 'v':
      return pad(verb, verb.sharp && typeof value === 'string' ? quote(text) : cut(verb, text))
    case 's':
      return pad(verb, cut(verb, text))
    case 'q':
      return pad(verb, verb.sharp && !text.includes('`') ? `\`${cut(verb, text)}\`` : quote(cut(verb, text)))
    case 'x':
    case 'X':
      return pad(verb, hexOctets(verb, utf8(text)))
  }
  return wrong(verb, value)
}

const cut = (verb: Verb, text: string): string =>
  verb.precision === undefined ? text : [...text].slice(0, verb.precision).join('')

function formatBytes(verb: Verb, bytes: Uint8Array): string {
  if ('xX'.includes(verb.letter)) return pad(verb, hexOctets(verb, bytes))
  if ('sq'.includes(verb.letter)) return formatText(verb, new TextDecoder().decode(bytes), bytes)
  return `[${Array.from(bytes, (octet) => formatVerb(verb, BigInt(octet))).join(' ')}]`
}

function hexOctets(verb: Verb, bytes: Uint8Array): string {
  const all = bytes.subarray(0, verb.precision ?? bytes.length)
  const pairs = Array.from(all, (octet) => octet.toString(16).padStart(2, '0'))
  const prefix = verb.sharp ? '0x' : ''
  const text = verb.space
    ? pairs.map((pair) => prefix + pair).join(' ')
    : (pairs.length > 0 ? prefix : '') + pairs.join('')
  return verb.letter === 'X' ? text.toUpperCase() : text
}

const BASES: { readonly [verb: string]: readonly [number, string] } = {
  v: [10, ''],
  d: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
}

function formatInteger(verb: Verb, value: bigint): string {
  if (verb.letter === 'c') return pad(verb, rune(value))
  if (verb.letter === 'q') return pad(verb, quote(rune(value), "'"))
  if (verb.letter === 'U') return pad(verb, `U+${value.toString(16).toUpperCase().padStart(4, '0')}`, 'no number')
  const base = BASES[verb.letter]
  if (!base) return wrong(verb, value)
  let digits = (value < 0n ? -value : value).toString(base[0])
  if (verb.letter === 'X') digits = digits.toUpperCase()
  if (verb.precision !== undefined) {
    if (verb.precision === 0 && value === 0n) return ' '.repeat(verb.width)
    digits = digits.padStart(verb.precision, '0')
  }
  if (verb.letter === 'O' || verb.sharp) digits = base[1] + digits
  return pad(verb, sign(verb, value < 0n) + digits, verb.precision === undefined ? 'number' : 'no number')
}

const rune = (value: bigint): string =>
  value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd'

const sign = (verb: Verb, negative: boolean): string => (negative ? '-' : verb.plus ? '+' : verb.space ? ' ' : '')

function formatNumber(verb: Verb, value: number): string {
  const text = magnitude(verb, Math.abs(value))
  if (text === undefined) return wrong(verb, value)
  const negative = value < 0 || Object.is(value, -0)
  if (Number.isNaN(value)) return pad(verb, 'NaN', 'no number')
  if (!Number.isFinite(value)) return pad(verb, `${negative ? '-' : '+'}Inf`, 'no number')
  return pad(verb, sign(verb, negative) + text, 'number')
}

/** JavaScript writes at most 100 digits after the point. */
const digits = (verb: Verb, otherwise: number): number => Math.min(verb.precision ?? otherwise, 100)

function magnitude(verb: Verb, value: number): string | undefined {
  switch (verb.letter) {
    case 'v':
      return verb.precision === undefined ? formatFloat(value) : general(value, digits(verb, 0))
    case 'g':
      return verb.precision === undefined ? formatFloat(value) : general(value, digits(verb, 0))
    case 'G':
      return magnitude({ ...verb, letter: 'g' }, value)?.toUpperCase()
    case 'e':
      return scientific(value, digits(verb, 6))
    case 'E':
      return scientific(value, digits(verb, 6)).toUpperCase()
    case 'f':
    case 'F':
      return value < 1e21 ? fixed(value, digits(verb, 6)) : fixedLarge(value, digits(verb, 6))
  }
  return undefined
}

function scientific(value: number, places: number): string {
  const [mantissa, exponent] = value.toExponential(places).split('e')
  return mantissa + exponentText(Number(exponent))
}

/** Go rounds a tie to the even digit, toFixed upwards. */
function fixed(value: number, places: number): string {
  const text = value.toFixed(places)
  const long = value.toFixed(Math.min(places + 30, 100))
  const tail = long.slice(long.indexOf('.') + 1 + places)
  if (!/^50+$/.test(tail)) return text
  const down = value.toFixed(places + 1).slice(0, places === 0 ? -2 : -1)
  return Number(down.at(-1)) % 2 === 0 ? down : text
}

const fixedLarge = (value: number, places: number): string =>
  Number.isFinite(value) ? BigInt(value).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '') : String(value)

/** %g with a precision: significant digits, trailing zeros left out. */
function general(value: number, precision: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatFloat(value)
  const significant = Math.max(precision, 1)
  const [mantissa, exponent] = value.toExponential(significant - 1).split('e')
  const power = Number(exponent)
  const trimmed = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  if (power < -4 || power >= significant) return trimmed + exponentText(power)
  const text = fixed(value, Math.max(significant - 1 - power, 0))
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
