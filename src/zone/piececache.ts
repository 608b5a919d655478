import { ZoneImage } from './image.ts'

/** A piece of an image, as `cutImage` makes them. */
export class Piece {
  readonly bytes: Uint8Array
  /** When it was last of use: of two pieces the greater number is of the one used later. */
  used = 0
  #words: Uint32Array | undefined
  #image: ZoneImage | undefined
  #fences: readonly number[] | undefined

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Read as a part of an index. */
  get words(): Uint32Array {
    const { buffer, byteOffset, length } = this.bytes
    this.#words ??= new Uint32Array(buffer, byteOffset, length >> 2)
    return this.#words
  }

  /** Read as nodes. */
  get image(): ZoneImage {
    this.#image ??= new ZoneImage(this.bytes)
    return this.#image
  }

  /** Read as fences: where each starts. */
  get fences(): readonly number[] {
    if (this.#fences) return this.#fences
    const starts: number[] = []
    for (let at = 0; at < this.bytes.length; at += 1 + this.bytes[at]) starts.push(at)
    this.#fences = starts
    return starts
  }
}

interface Kept {
  readonly piece: Piece
  readonly drop: () => void
}

/** Pieces of all images, as many as fit into some memory: those that were not used for the longest time make room for new ones. */
export class PieceCache {
  readonly #budget: number
  readonly #kept = new Set<Kept>()
  #size = 0
  #uses = 0

  /** `budget`: octets. */
  constructor(budget: number) {
    this.#budget = budget
  }

  /** Octets that the pieces take. */
  get size(): number {
    return this.#size
  }

  touch(piece: Piece): void {
    piece.used = ++this.#uses
  }

  /** Takes a piece in; `drop` is called when it must go again. */
  add(piece: Piece, drop: () => void): void {
    this.touch(piece)
    this.#kept.add({ piece, drop })
    this.#size += piece.bytes.length
    while (this.#size > this.#budget) this.#dropOldest()
  }

  #dropOldest(): void {
    let oldest: Kept | undefined
    for (const one of this.#kept) if (!oldest || one.piece.used < oldest.piece.used) oldest = one
    if (!oldest) return
    this.#kept.delete(oldest)
    this.#size -= oldest.piece.bytes.length
    oldest.drop()
  }
}
