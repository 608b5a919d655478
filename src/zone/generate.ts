import type { Scanner } from './scanner.ts'

const MOST = 1_048_576
const RANGE = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/
/** `$`, `\$`, `$$` or `${offset[,width[,base]]}`, whose end may be missing by mistake. */
const ITERATOR = /\\\$|\$\$|\$\{([^}]*)\}?|\$/g
const MODIFIER = /^([+-]?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/

const encoder = new TextEncoder()

/**
 * The entries that `$GENERATE start-stop[/step] owner [TTL] [class] type data` stands for, each as the octets of a line.
 * Modifiers are BIND's: an offset to the number, a width to pad it to, and d, o, x, X, n or N as its base (n: nibbles, lowest first).
 */
export function* generate(scanner: Scanner): Generator<Uint8Array> {
  if (!scanner.next()) throw scanner.fault('$GENERATE: range is missing')
  const text = scanner.text()
  const match = RANGE.exec(text)
  const [start, stop, step] = match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)] : [1, 0, 1]
  if (start > stop || step < 1 || stop > 0x7fffffff)
    throw scanner.fault(`$GENERATE: range must be START-STOP or START-STOP/STEP, got "${text}"`)
  if ((stop - start) / step >= MOST) throw scanner.fault(`$GENERATE: more than ${MOST} records: "${text}"`)
  const parts: string[] = []
  while (scanner.next()) parts.push(scanner.quoted ? `"${scanner.text()}"` : scanner.text())
  if (parts.length < 3) throw scanner.fault('$GENERATE: wants a range, an owner, a type and data')
  const template = compile(unquoted(parts).join(' '), scanner)
  for (let n = start; n <= stop; n += step) yield encoder.encode(template(n))
}

/** Data of several words is one word in quotes for BIND, `MX "10 m$"`; within TXT the quotes are the text's own. */
function unquoted(parts: readonly string[]): readonly string[] {
  const data = parts.at(-1)!
  const isText = /^(TXT|SPF)$/i.test(parts.at(-2)!)
  return isText || !data.startsWith('"') ? parts : [...parts.slice(0, -1), data.slice(1, -1)]
}

type Template = (n: number) => string

function compile(text: string, scanner: Scanner): Template {
  const pieces: (string | ((n: number) => string))[] = []
  let at = 0
  for (const match of text.matchAll(ITERATOR)) {
    pieces.push(text.slice(at, match.index))
    at = match.index + match[0].length
    if (match[0] === '\\$' || match[0] === '$$') pieces.push('\\$')
    else pieces.push(match[1] === undefined ? String : modified(match[1], scanner))
  }
  pieces.push(text.slice(at))
  return (n) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece(n))).join('')
}

function modified(modifier: string, scanner: Scanner): Template {
  const match = MODIFIER.exec(modifier)
  if (!match) throw scanner.fault(`$GENERATE: modifier must be OFFSET[,WIDTH[,BASE]], got "${modifier}"`)
  const offset = Number(match[1])
  const width = Number(match[2] ?? 0)
  const base = match[3] ?? 'd'
  return (n) => {
    const value = n + offset
    if (value < 0 && base === 'd') return `-${padded(-value, width - 1, base)}`
    if (value < 0) throw scanner.fault(`$GENERATE: ${n}${modifier.split(',')[0]} is below 0`)
    return base === 'n' || base === 'N' ? nibbles(value, width, base === 'N') : padded(value, width, base)
  }
}

function padded(value: number, width: number, base: string): string {
  const digits = value.toString(base === 'o' ? 8 : base === 'd' ? 10 : 16)
  return (base === 'X' ? digits.toUpperCase() : digits).padStart(width, '0')
}

/** Hexadecimal digits from the lowest on, with dots between them; the width counts the dots too. */
function nibbles(value: number, width: number, upper: boolean): string {
  const count = Math.max(1, value.toString(16).length, Math.ceil(width / 2))
  const digits = Array.from({ length: count }, (_, i) => Math.floor(value / 16 ** i) % 16)
  const text = digits.map((digit) => digit.toString(16)).join('.')
  return upper ? text.toUpperCase() : text
}
