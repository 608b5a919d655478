import { utf8 } from '../golang/value.ts'

/** The escapes of string and bytes literals. */

const SIMPLE: { readonly [letter: string]: number } = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
}

const CODE = /x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})/y

interface Escaped {
  readonly code: number
  readonly length: number
}

/** The escape that starts after a backslash at `at`. */
function readEscape(body: string, at: number): Escaped | undefined {
  const simple = SIMPLE[body[at]]
  if (simple !== undefined) return { code: simple, length: 1 }
  CODE.lastIndex = at
  const found = CODE.exec(body)
  if (!found) return undefined
  const [whole, x, braced, u, long, octal] = found
  const code = octal === undefined ? Number.parseInt(x ?? braced ?? u ?? long, 16) : Number.parseInt(octal, 8)
  return code <= 0x10ffff ? { code, length: whole.length } : undefined
}

/** What a string literal's body stands for; undefined where an escape is malformed. */
export function unescapeText(body: string): string | undefined {
  let out = ''
  for (let i = 0; i < body.length; ) {
    if (body[i] !== '\\') {
      out += body[i++]
      continue
    }
    const escaped = readEscape(body, i + 1)
    if (!escaped) return undefined
    out += String.fromCodePoint(escaped.code)
    i += 1 + escaped.length
  }
  return out
}

/** What a bytes literal's body stands for: `\xNN` and `\NNN` are octets, other characters UTF-8. */
export function unescapeBytes(body: string): Uint8Array | undefined {
  const out: number[] = []
  for (let i = 0; i < body.length; ) {
    if (body[i] !== '\\') {
      const char = String.fromCodePoint(body.codePointAt(i)!)
      out.push(...utf8(char))
      i += char.length
      continue
    }
    const escaped = readEscape(body, i + 1)
    if (!escaped || escaped.code > 255 || /[uU]/.test(body[i + 1])) return undefined
    out.push(escaped.code)
    i += 1 + escaped.length
  }
  return Uint8Array.from(out)
}
