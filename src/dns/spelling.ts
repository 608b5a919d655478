import { foldedText, type Name } from './name.ts'

/** The longest name, every octet written as `\DDD`, takes 1,016 octets. */
export const MAX_SPELLED = 1024

const encoder = new TextEncoder()
/** How an octet of a label is written. */
const WRITTEN = Array.from({ length: 256 }, (_, c) => encoder.encode(foldedText(Uint8Array.of(1, c, 0)).slice(0, -1)))
/** The same for octets that are written as one; 0 for those that need an escape. */
const PLAIN = Uint8Array.from(WRITTEN, (written) => (written.length === 1 ? written[0] : 0))
const DOT = 46

/**
 * Writes the name at `from` of `octets` to `out` at `to`, in presentation form and small letters: what `foldedText` gives, without
 * a string. Returns where writing goes on.
 */
export function spellName(octets: Uint8Array, from: number, out: Uint8Array, to: number): number {
  if (octets[from] === 0) out[to++] = DOT
  for (let i = from; octets[i] !== 0; ) {
    const end = i + 1 + octets[i]
    for (i++; i < end; i++) {
      const plain = PLAIN[octets[i]]
      if (plain !== 0) out[to++] = plain
      else for (const octet of WRITTEN[octets[i]]) out[to++] = octet
    }
    out[to++] = DOT
  }
  return to
}

/** The spelling of one name at a time, for those who look at it more than once: it stays until another name is looked at. */
export class Spelling {
  readonly octets: Uint8Array = new Uint8Array(MAX_SPELLED)
  length = 0
  #name: Name | undefined
  #at = 0
  #text: string | undefined

  /** Of the name at `at` of `octets`, which must not have changed since they were last looked at. */
  of(octets: Uint8Array, at: number): this {
    if (octets === this.#name && at === this.#at) return this
    this.#name = octets
    this.#at = at
    this.#text = undefined
    this.length = spellName(octets, at, this.octets, 0)
    return this
  }

  /** The same as a string, for what cannot do without. */
  get text(): string {
    if (this.#text === undefined) {
      this.#text = ''
      for (let i = 0; i < this.length; i++) this.#text += String.fromCharCode(this.octets[i])
    }
    return this.#text
  }

  startsWith(part: Uint8Array): boolean {
    if (part.length > this.length) return false
    for (let i = 0; i < part.length; i++) if (this.octets[i] !== part[i]) return false
    return true
  }

  /** Looks from the end: names have their ends in common. */
  endsWith(part: Uint8Array): boolean {
    const start = this.length - part.length
    if (start < 0) return false
    for (let i = 0; i < part.length; i++) if (this.octets[start + i] !== part[i]) return false
    return true
  }
}
