import { readEscape } from '../name.ts'
import type { Field } from './define.ts'
import type { RdataReader, RdataWriter } from './wire.ts'
import type { Words } from './words.ts'

const MAX_STRING = 255
const BACKSLASH = 92
const encoder = new TextEncoder()

/** The octets that a word stands for: `\X` and `\DDD` are unescaped, other text is taken as UTF-8. */
export function octetsOf(words: Words, text: string): Uint8Array {
  const octets = encoder.encode(text)
  if (!text.includes('\\')) return octets
  let length = 0
  for (let i = 0; i < octets.length; ) {
    const octet = octets[i++]
    if (octet !== BACKSLASH) {
      octets[length++] = octet
      continue
    }
    const escaped = readEscape(octets, i) ?? words.fail(`bad escape in "${text}"`)
    octets[length++] = escaped.octet
    i = escaped.next
  }
  return octets.subarray(0, length)
}

/** Octets as they stand within quotes (RFC 1035 §5.1). */
export function textOf(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += OCTET_TEXT[octet]
  return text
}

const OCTET_TEXT: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`
  const char = String.fromCharCode(octet)
  return char === '"' || char === '\\' ? `\\${char}` : char
})

export const quote = (octets: Uint8Array): string => `"${textOf(octets)}"`

function appendString(out: RdataWriter, octets: Uint8Array): void {
  out.number(1, octets.length)
  out.append(octets)
}

const printString = (wire: RdataReader): string => quote(wire.take(wire.number(1)))

const skipString = (wire: RdataReader): void => {
  wire.skip(wire.number(1))
}

/** A character-string (RFC 1035 §3.3): a length octet and up to 255 more. */
export const string: Field = {
  parse(words, out, label) {
    const octets = octetsOf(words, words.takeText(label))
    if (octets.length > MAX_STRING) words.fail(`${label} is longer than 255 octets`)
    appendString(out, octets)
  },
  print: printString,
  skip: skipString,
}

/** A character-string that may be left out at the end. */
export const optionalString: Field = {
  parse(words, out, label) {
    if (!words.done) string.parse(words, out, label)
  },
  print: (wire) => (wire.left > 0 ? printString(wire) : ''),
  skip(wire) {
    if (wire.left > 0) skipString(wire)
  },
}

/**
 * One or more character-strings up to the end. A word of more than 255 octets becomes several: long keys and policies
 * are commonly written as one.
 */
export const strings: Field = {
  parse(words, out, label) {
    do {
      const octets = octetsOf(words, words.takeText(label))
      const parts = Math.max(1, Math.ceil(octets.length / MAX_STRING))
      for (let i = 0; i < parts; i++) appendString(out, octets.subarray(i * MAX_STRING, (i + 1) * MAX_STRING))
    } while (!words.done)
  },
  print(wire) {
    let text = printString(wire)
    while (wire.left > 0) text += ` ${printString(wire)}`
    return text
  },
  skip(wire) {
    while (wire.left > 0) skipString(wire)
  },
}

/** Text up to the end without a length octet, written as one word in quotes. */
export const restText: Field = {
  parse: (words, out, label) => out.append(octetsOf(words, words.takeText(label))),
  print: (wire) => quote(wire.takeRest()),
  skip: (wire) => wire.skip(wire.left),
}
