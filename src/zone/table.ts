/** Rows of 32-bit numbers that grow: a million of them cost what their numbers cost. */
export class Table {
  cells: Int32Array
  readonly width: number
  rows = 0

  constructor(width: number, rows: number) {
    this.width = width
    this.cells = new Int32Array(width * Math.max(16, rows))
  }

  /** Adds a row of zeros; returns the index of its first cell. */
  add(): number {
    const at = this.rows++ * this.width
    if (at + this.width > this.cells.length) {
      const cells = new Int32Array(this.cells.length * 2)
      cells.set(this.cells)
      this.cells = cells
    }
    return at
  }
}

/** Octets that grow. */
export class Octets {
  bytes: Uint8Array
  length = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(Math.max(1024, size))
  }

  /** Appends `source[from, to)`; returns where it now starts. */
  append(source: Uint8Array, from: number, to: number): number {
    const at = this.length
    const end = at + to - from
    if (end > this.bytes.length) this.#grow(end)
    const bytes = this.bytes
    // A loop beats `set` for the few octets of a name or an address.
    if (to - from < 32) for (let i = from, o = at; i < to; i++, o++) bytes[o] = source[i]
    else bytes.set(source.subarray(from, to), at)
    this.length = end
    return at
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    bytes.set(this.bytes)
    this.bytes = bytes
  }
}
