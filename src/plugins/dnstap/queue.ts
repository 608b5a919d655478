/** Octets of frames that lie together and go out with one write. */
const CHUNK = 32_768

interface Chunk {
  readonly octets: Uint8Array
  readonly frames: number
}

/**
 * Frames on their way to a collector. They are written into chunks of memory one behind the other; what is more than the
 * limits allow is dropped and counted, so that a collector that does not listen costs a fixed amount of memory.
 */
export class FrameQueue {
  /** Where a frame is to be written that `place` found room for. */
  chunk: Uint8Array = new Uint8Array(CHUNK)
  dropped = 0
  readonly #maxFrames: number
  readonly #maxOctets: number
  /** Of the chunk. */
  #end = 0
  #frames = 0
  readonly #full: Chunk[] = []
  /** Of all chunks that are full. */
  #fullFrames = 0
  #fullOctets = 0

  constructor(maxFrames: number, maxOctets: number) {
    this.#maxFrames = maxFrames
    this.#maxOctets = maxOctets
  }

  get frames(): number {
    return this.#fullFrames + this.#frames
  }

  get octets(): number {
    return this.#fullOctets + this.#end
  }

  /** Makes room for a frame and gives its place in `chunk`; -1 where there is none, and the frame counts as dropped. */
  place(size: number): number {
    if (this.frames >= this.#maxFrames || this.octets + size > this.#maxOctets) {
      this.dropped++
      return -1
    }
    if (this.#end + size > this.chunk.length) this.#nextChunk(size)
    const at = this.#end
    this.#end += size
    this.#frames++
    return at
  }

  /** The oldest chunk that is full, else what there is; undefined where there is nothing. It is the caller's now. */
  take(): Uint8Array | undefined {
    const full = this.#full.shift()
    if (full) {
      this.#fullFrames -= full.frames
      this.#fullOctets -= full.octets.length
      return full.octets
    }
    if (this.#end === 0) return undefined
    const octets = this.chunk.slice(0, this.#end)
    this.#end = 0
    this.#frames = 0
    return octets
  }

  get isChunkFull(): boolean {
    return this.#full.length > 0
  }

  /** Forgets all that waits, and counts it as dropped. */
  clear(): void {
    this.dropped += this.frames
    this.#full.length = 0
    this.#fullFrames = 0
    this.#fullOctets = 0
    this.#end = 0
    this.#frames = 0
  }

  #nextChunk(size: number): void {
    if (this.#end > 0) {
      this.#full.push({ octets: this.chunk.subarray(0, this.#end), frames: this.#frames })
      this.#fullFrames += this.#frames
      this.#fullOctets += this.#end
    }
    this.chunk = new Uint8Array(Math.max(CHUNK, size))
    this.#end = 0
    this.#frames = 0
  }
}
