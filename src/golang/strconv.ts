import { GoError, int64 } from './value.ts'

/** Numbers and quoted strings as Go's strconv reads and writes them. */

const SIMPLE: { readonly [letter: string]: string } = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/**
 * One escape whose text after the backslash starts at `at`: what it stands for and where it ends; undefined where it is
 * none. `extra` holds letters that may be escaped beside the usual ones (the quote).
 */
export function readGoEscape(text: string, at: number, extra: string): { char: string; next: number } | undefined {
  const letter = text[at]
  if (letter === undefined) return undefined
  if (SIMPLE[letter] !== undefined) return { char: SIMPLE[letter], next: at + 1 }
  if (extra.includes(letter)) return { char: letter, next: at + 1 }
  if (letter >= '0' && letter <= '7') return readCode(text, at, 3, 8)
  const digits = { x: 2, u: 4, U: 8 }[letter]
  return digits === undefined ? undefined : readCode(text, at + 1, digits, 16)
}

function readCode(text: string, at: number, size: number, base: 8 | 16): { char: string; next: number } | undefined {
  const digits = text.slice(at, at + size)
  if (digits.length !== size || !(base === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/).test(digits)) return undefined
  const code = Number.parseInt(digits, base)
  if (code > 0x10ffff || (base === 8 && code > 255)) return undefined
  return { char: String.fromCodePoint(code), next: at + size }
}

/** `"…"` or `` `…` `` to what it stands for; undefined where it is malformed. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0]
  const body = literal.slice(1, -1)
  if (literal.length < 2 || literal.at(-1) !== quote) return undefined
  if (quote === '`') return body.replaceAll('\r', '')
  let out = ''
  for (let i = 0; i < body.length; ) {
    if (body[i] === quote || body[i] === '\n') return undefined
    if (body[i] !== '\\') {
      out += body[i++]
      continue
    }
    const escaped = readGoEscape(body, i + 1, quote)
    if (!escaped) return undefined
    out += escaped.char
    i = escaped.next
  }
  return out
}

const ESCAPES: { readonly [char: string]: string } = Object.fromEntries(
  Object.entries(SIMPLE).map(([letter, char]) => [char, `\\${letter}`]),
)

/** Text in double quotes with Go's escapes (%q). */
export function quote(text: string, mark = '"'): string {
  let out = mark
  for (const char of text) {
    if (char === mark) out += `\\${char}`
    else out += ESCAPES[char] ?? (isPrintable(char) ? char : escapeCode(char.codePointAt(0)!))
  }
  return out + mark
}

const isPrintable = (char: string): boolean => char === ' ' || /^[^\p{C}\p{Z}]$/u.test(char)

function escapeCode(code: number): string {
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** strconv.ParseUint: base 0 goes by the prefix and allows underscores. Throws GoError. */
export function parseUint(text: string, base: number, bits: number): bigint {
  const fail = (why: string): GoError => new GoError(`strconv.ParseUint: parsing ${quote(text)}: ${why}`)
  if (base !== 0 && (base < 2 || base > 36)) throw fail(`invalid base ${base}`)
  if (bits < 0 || bits > 64) throw fail(`invalid bit size ${bits}`)
  const value = readDigits(text, base)
  if (value === undefined) throw fail('invalid syntax')
  if (value >= 1n << BigInt(bits || 64)) throw fail('value out of range')
  return value
}

/** strconv.ParseInt with 64 bits; undefined where the text is no such number. */
export function parseInt64(text: string, base: number): bigint | undefined {
  const negative = text.startsWith('-')
  const magnitude = readDigits(negative || text.startsWith('+') ? text.slice(1) : text, base)
  if (magnitude === undefined) return undefined
  const value = negative ? -magnitude : magnitude
  return int64(value) === value ? value : undefined
}

const PREFIXED = /^0([xXoObB])_?/
const UNDERSCORES = /^_|__|_$/

function readDigits(text: string, base: number): bigint | undefined {
  if (text.length > 128) return undefined
  let digits = text
  if (base === 0) {
    const prefix = PREFIXED.exec(text)
    if (prefix) {
      base = { x: 16, o: 8, b: 2 }[prefix[1].toLowerCase()]!
      digits = text.slice(prefix[0].length)
    } else {
      base = text.length > 1 && text.startsWith('0') ? 8 : 10
    }
    if (UNDERSCORES.test(digits)) return undefined
    digits = digits.replaceAll('_', '')
  }
  if (!/^[0-9a-zA-Z]+$/.test(digits)) return undefined
  let value = 0n
  for (const char of digits) {
    const digit = Number.parseInt(char, 36)
    if (digit >= base) return undefined
    value = value * BigInt(base) + BigInt(digit)
  }
  return value
}

const FLOAT = /^[+-]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const SPECIAL_FLOAT = /^([+-]?)(inf|infinity|nan)$/i

/** strconv.ParseFloat with 64 bits; undefined where the text is no number. Hexadecimal floats are not read. */
export function parseFloat64(text: string): number | undefined {
  const special = SPECIAL_FLOAT.exec(text)
  if (special) return special[2].toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity
  if (!FLOAT.test(text)) return undefined
  const value = Number(text.replaceAll('_', ''))
  return Number.isFinite(value) ? value : undefined
}

/** strconv.FormatFloat with 'g' and the fewest digits that tell the number apart: 2, 2.5, 1e+06. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa, exponent] = value.toExponential().split('e')
  const power = Number(exponent)
  return power < -4 || power >= 6 ? mantissa + exponentText(power) : value.toString()
}

/** `e+06`: a sign and two digits at least. */
export function exponentText(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}
