import { WireError } from '../error.ts'
import { MAX_LABEL, MAX_NAME, type Name } from '../name.ts'

/** RDLENGTH has 16 bits (RFC 1035 §3.2.1). */
const MAX_RDATA = 65_535

/** Reads one record's data in `[start, end)`. Every read throws WireError rather than go past `end`. */
export class RdataReader {
  readonly octets: Uint8Array
  readonly start: number
  readonly end: number
  at: number

  constructor(octets: Uint8Array, start = 0, end: number = octets.length) {
    this.octets = octets
    this.start = this.at = start
    this.end = end
  }

  get left(): number {
    return this.end - this.at
  }

  /** Moves on by `size` octets and returns where they begin. */
  skip(size: number): number {
    const at = this.at
    if (size > this.end - at) throw new WireError('record data is cut short')
    this.at = at + size
    return at
  }

  /** An unsigned number of `size` octets, at most four. */
  number(size: number): number {
    const at = this.skip(size)
    let value = 0
    for (let i = at; i < this.at; i++) value = value * 256 + this.octets[i]
    return value
  }

  /** The next `size` octets as a view. */
  take(size: number): Uint8Array {
    const at = this.skip(size)
    return this.octets.subarray(at, this.at)
  }

  takeRest(): Uint8Array {
    return this.take(this.left)
  }

  /** A name without compression, as a view. */
  name(): Name {
    const at = this.at
    this.skipName()
    return this.octets.subarray(at, this.at)
  }

  skipName(): void {
    const start = this.at
    for (;;) {
      const size = this.number(1)
      if (size > MAX_LABEL) throw new WireError('label is compressed or of a reserved type')
      this.skip(size)
      if (this.at - start > MAX_NAME) throw new WireError('name is longer than 255 octets')
      if (size === 0) return
    }
  }
}

/** Collects one record's data. */
export class RdataWriter {
  #octets = new Uint8Array(512)
  length = 0

  /** What was written so far, and room behind it. Valid until the next write. */
  get octets(): Uint8Array {
    return this.#octets
  }

  /** Makes sure that `size` more octets have a place, and returns it. */
  reserve(size: number): number {
    const needed = this.length + size
    if (needed > MAX_RDATA) throw new WireError('record data is longer than 65535 octets')
    if (needed > this.#octets.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#octets.length))
      grown.set(this.#octets)
      this.#octets = grown
    }
    return this.length
  }

  /** An unsigned number of `size` octets, at most four. */
  number(size: number, value: number): void {
    const at = this.reserve(size)
    for (let i = size - 1; i >= 0; i--) {
      this.#octets[at + i] = value
      value = Math.floor(value / 256)
    }
    this.length = at + size
  }

  append(octets: Uint8Array): void {
    const at = this.reserve(octets.length)
    this.#octets.set(octets, at)
    this.length = at + octets.length
  }

  /** What was collected, as a copy. */
  finish(): Uint8Array {
    return this.#octets.slice(0, this.length)
  }
}
