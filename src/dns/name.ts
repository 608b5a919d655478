import { WireError } from './error.ts'

/**
 * Domain names in uncompressed wire form: length-prefixed labels up to and including the zero octet of the root
 * (RFC 1035 §3.1), at most 255 octets. Letters keep the case they came in; comparisons fold ASCII only (RFC 4343).
 */
export type Name = Uint8Array

/** The root, `.`. */
export const ROOT: Name = Uint8Array.of(0)
export const MAX_NAME = 255
export const MAX_LABEL = 63

/** FOLD[octet] is the octet with ASCII capitals made small. Length octets (0–63) are untouched by it. */
export const FOLD: Uint8Array = Uint8Array.from({ length: 256 }, (_, c) => (c >= 65 && c <= 90 ? c + 32 : c))

const DOT = 46
const AT = 64
const BACKSLASH = 92

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const scratch = new Uint8Array(MAX_NAME + 1)
/** A name's text as octets; the longest, every octet written as `\DDD`, takes 1,016. */
const octets = new Uint8Array(1024)

/**
 * Reads a name in presentation form (RFC 1035 §5.1): `\.` and `\DDD` escapes, `@` for the origin, no trailing dot for a
 * name relative to it. Without an origin a relative name is taken as absolute. Throws WireError.
 */
export function parseName(text: string, origin: Name = ROOT): Name {
  const { read, written } = encoder.encodeInto(text, octets)
  if (read < text.length) throw tooLong(octets, written)
  return readName(octets, written, origin)
}

/** As `parseName`, of the first `size` octets of a text. */
export function readName(text: Uint8Array, size: number, origin: Name = ROOT): Name {
  if (size === 0) throw new WireError('a name must not be empty')
  if (size === 1 && text[0] === AT) return origin
  if (size === 1 && text[0] === DOT) return ROOT
  // The open label's length octet is at `start`; `at` is where its next octet goes.
  let start = 0
  let at = 1
  for (let i = 0; i < size; ) {
    let octet = text[i++]
    if (octet === DOT) {
      start = closeLabel(start, at, text, size)
      at = start + 1
      continue
    }
    if (octet === BACKSLASH) {
      const escaped = readEscape(text, i)
      // Behind its size the octets are another name's.
      if (!escaped || escaped.next > size) throw new WireError(`bad escape in name "${excerpt(text, size)}"`)
      octet = escaped.octet
      i = escaped.next
    }
    if (at >= MAX_NAME) throw tooLong(text, size)
    scratch[at++] = octet
  }
  const absolute = at === start + 1
  if (!absolute) start = closeLabel(start, at, text, size)
  const end = absolute ? ROOT : origin
  if (start + end.length > MAX_NAME) throw tooLong(text, size)
  const name = new Uint8Array(start + end.length)
  for (let i = 0; i < start; i++) name[i] = scratch[i]
  for (let i = 0; i < end.length; i++) name[start + i] = end[i]
  return name
}

/** Writes the length of the label at `start` whose octets end before `at`; the next label starts there. */
function closeLabel(start: number, at: number, text: Uint8Array, size: number): number {
  const length = at - start - 1
  if (length === 0) throw new WireError(`empty label in name "${excerpt(text, size)}"`)
  if (length > MAX_LABEL) throw new WireError(`label is longer than 63 octets in name "${excerpt(text, size)}"`)
  scratch[start] = length
  return at
}

const tooLong = (text: Uint8Array, size: number): WireError =>
  new WireError(`name is longer than 255 octets: "${excerpt(text, size)}"`)

function excerpt(octets: Uint8Array, size: number): string {
  const text = decoder.decode(octets.subarray(0, size))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** One `\X` or `\DDD` escape whose text after the backslash starts at `at`; undefined where it is none. */
export function readEscape(bytes: Uint8Array, at: number): { octet: number; next: number } | undefined {
  const c = bytes[at]
  if (c === undefined) return undefined
  if (c < 48 || c > 57) return { octet: c, next: at + 1 }
  let octet = 0
  for (let k = at; k < at + 3; k++) {
    const digit = bytes[k] - 48
    if (!(digit >= 0 && digit <= 9)) return undefined
    octet = octet * 10 + digit
  }
  return octet <= 255 ? { octet, next: at + 3 } : undefined
}

/** Presentation form with the trailing dot; specials get `\`, octets outside printable ASCII `\DDD` (RFC 4343 §2.1). */
export const nameText = (name: Name): string => textOf(name, LABEL_TEXT)

/** As `nameText`, in small letters. */
export const foldedText = (name: Name): string => textOf(name, FOLDED_TEXT)

function textOf(name: Name, octetText: readonly string[]): string {
  if (name.length === 1) return '.'
  let text = ''
  for (let i = 0; name[i] !== 0; ) {
    const end = i + 1 + name[i]
    for (i++; i < end; i++) text += octetText[name[i]]
    text += '.'
  }
  return text
}

const LABEL_SPECIALS = '."\\();@$'
const LABEL_TEXT: readonly string[] = Array.from({ length: 256 }, (_, c) => {
  if (c < 0x21 || c > 0x7e) return `\\${String(c).padStart(3, '0')}`
  const char = String.fromCharCode(c)
  return LABEL_SPECIALS.includes(char) ? `\\${char}` : char
})
const FOLDED_TEXT: readonly string[] = LABEL_TEXT.map((_, c) => LABEL_TEXT[FOLD[c]])

/** Are they the same name? Case does not count (RFC 4343). */
export function sameName(a: Name, b: Name): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && FOLD[a[i]] !== FOLD[b[i]]) return false
  return true
}

/** Is `name` at or below `zone`? */
export function isWithin(name: Name, zone: Name): boolean {
  const cut = name.length - zone.length
  if (cut < 0) return false
  let i = 0
  while (i < cut) i += name[i] + 1
  if (i !== cut) return false
  for (let k = 0; k < zone.length; k++) if (FOLD[name[cut + k]] !== FOLD[zone[k]]) return false
  return true
}

/** Does the name begin with the labels of `start`, and go on? */
export function isPrefixed(name: Name, start: Name): boolean {
  if (name.length <= start.length) return false
  for (let i = 0; i < start.length - 1; i++) if (FOLD[name[i]] !== FOLD[start[i]]) return false
  return true
}

/** Labels without the root: `www.example.org.` has three. */
export function labelCount(name: Name): number {
  let labels = 0
  for (let i = 0; name[i] !== 0; i += name[i] + 1) labels++
  return labels
}

/** The name without its first label; the root's parent is the root. */
export function parentOf(name: Name): Name {
  return name.length === 1 ? name : nameFrom(name, name[0] + 1)
}

/**
 * A copy of the name that starts at a label of another. A view would take most of a microsecond: V8 keeps the octets of short arrays,
 * which a query's name is, within their objects, and must move them out as soon as another one shares them.
 */
export function nameFrom(name: Name, at: number): Name {
  const out = new Uint8Array(name.length - at)
  for (let i = 0; i < out.length; i++) out[i] = name[at + i]
  return out
}

/** `labels` (length-prefixed, without the root) in front of `origin`. Throws WireError over 255 octets. */
export function joinNames(labels: Uint8Array, origin: Name): Name {
  if (labels.length + origin.length > MAX_NAME) throw new WireError('name is longer than 255 octets')
  const out = new Uint8Array(labels.length + origin.length)
  out.set(labels)
  out.set(origin, labels.length)
  return out
}

/** A copy with ASCII capitals made small. */
export function foldName(name: Name): Name {
  const folded = new Uint8Array(name.length)
  for (let i = 0; i < name.length; i++) folded[i] = FOLD[name[i]]
  return folded
}

/** Canonical order of RFC 4034 §6.1: by labels from the root down, folded, as unsigned octets. */
export function compareNames(a: Name, b: Name): number {
  const aStarts = labelStarts(a)
  const bStarts = labelStarts(b)
  for (let i = aStarts.length - 1, j = bStarts.length - 1; i >= 0 && j >= 0; i--, j--) {
    const order = compareLabels(a, aStarts[i], b, bStarts[j])
    if (order !== 0) return order
  }
  return aStarts.length - bStarts.length
}

function labelStarts(name: Name): number[] {
  const starts: number[] = []
  for (let i = 0; name[i] !== 0; i += name[i] + 1) starts.push(i)
  return starts
}

function compareLabels(a: Name, i: number, b: Name, j: number): number {
  const size = Math.min(a[i], b[j])
  for (let k = 1; k <= size; k++) {
    const order = FOLD[a[i + k]] - FOLD[b[j + k]]
    if (order !== 0) return order
  }
  return a[i] - b[j]
}
