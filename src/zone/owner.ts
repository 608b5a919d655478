import { MAX_LABEL, MAX_NAME, type Name, parseName, readEscape } from '../dns/name.ts'

const DOT = 46
const AT = 64
const BACKSLASH = 92

/**
 * Reads a name in presentation form from `bytes[start, stop)` into `out` at `at`, in wire form and relative to `origin`.
 * Returns where it ends, or 0 where it is no name; `nameProblem` tells why. `out` needs 512 octets of room.
 */
export function readName(
  bytes: Uint8Array,
  start: number,
  stop: number,
  origin: Name,
  out: Uint8Array,
  at: number,
): number {
  if (stop - start === 1) {
    if (bytes[start] === AT) return appendOrigin(origin, out, at, at)
    if (bytes[start] === DOT) {
      out[at] = 0
      return at + 1
    }
  }
  const limit = at + MAX_NAME
  let open = at // where the open label's length goes
  let o = at + 1
  for (let i = start; i < stop; i++) {
    let c = bytes[i]
    if (c === DOT) {
      const size = o - open - 1
      if (size === 0 || size > MAX_LABEL) return 0
      out[open] = size
      open = o++
      continue
    }
    if (c === BACKSLASH) {
      const escaped = i + 1 < stop ? readEscape(bytes, i + 1) : undefined
      if (!escaped || escaped.next > stop) return 0
      c = escaped.octet
      i = escaped.next - 1
    }
    if (o >= limit) return 0
    out[o++] = c
  }
  if (o === open + 1) {
    if (open === at) return 0
    out[open] = 0
    return o <= limit ? o : 0
  }
  const size = o - open - 1
  if (size > MAX_LABEL) return 0
  out[open] = size
  return appendOrigin(origin, out, at, o)
}

/** Why `readName` does not take this for a name. */
export function nameProblem(text: string, origin: Name): string {
  try {
    parseName(text, origin)
  } catch (error) {
    return (error as Error).message
  }
  return `no name: "${text}"`
}

function appendOrigin(origin: Name, out: Uint8Array, at: number, to: number): number {
  if (to + origin.length - at > MAX_NAME) return 0
  for (let i = 0; i < origin.length; i++) out[to + i] = origin[i]
  return to + origin.length
}
