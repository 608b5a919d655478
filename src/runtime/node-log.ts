import type { Log } from './runtime.ts'

/** What a log writes to: process.stdout and process.stderr, or a stand-in. Once `done` is called the octets may change. */
export interface LogStream {
  write(octets: Uint8Array, done: (error?: Error | null) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Lines lie together in pieces of memory of this size, and are written at once when one is full. Octets. */
const CHUNK = 64 * 1024
/** So long lines gather while many come; the first after a pause is written at once. Milliseconds. */
const GATHERING = 10
/** Most that waits for a reader that is slow; what comes on top is dropped and counted. Octets. */
const MAX_WAITING = 4 * 1024 * 1024
/** In UTF-8. */
const PER_CHARACTER = 3

const NOTHING = Buffer.alloc(0)

/**
 * Lines on their way to a stream. They are written in batches, one write at a time: a busy server makes few system
 * calls, and one whose reader stalls keeps serving within a fixed amount of memory. They are octets as soon as they come: text
 * that waits would be moved about by the garbage collector.
 */
export class LineWriter {
  readonly #stream: LogStream
  #chunk: Buffer = NOTHING
  #end = 0
  /** A chunk that was written. */
  #spare: Buffer | undefined
  readonly #full: Buffer[] = []
  #fullSize = 0
  #dropped = 0
  #isWriting = false
  #isScheduled = false
  /** performance.now() of the last write. */
  #lastWrite = 0
  #isBroken = false
  #drained: (() => void)[] = []

  constructor(stream: LogStream) {
    this.#stream = stream
    // A reader that has gone (EPIPE) is no reason to stop serving.
    stream.on('error', () => this.#break())
  }

  write(line: string): void {
    if (!this.#hasRoom()) return
    this.#append(line)
    this.#schedule()
  }

  /** A line that is octets already, with something before it. */
  writeOctets(prefix: Uint8Array, line: Uint8Array): void {
    if (!this.#hasRoom()) return
    const size = prefix.length + line.length + 1
    if (this.#end + size > this.#chunk.length) this.#nextChunk(size)
    this.#chunk.set(prefix, this.#end)
    this.#chunk.set(line, this.#end + prefix.length)
    this.#end += size
    this.#chunk[this.#end - 1] = NEWLINE
    this.#schedule()
  }

  #hasRoom(): boolean {
    if (this.#isBroken) return false
    if (this.#fullSize + this.#end <= MAX_WAITING) return true
    this.#dropped++
    return false
  }

  #schedule(): void {
    if (this.#isWriting) return
    if (this.#full.length > 0) this.#flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      const pause = performance.now() - this.#lastWrite
      if (pause >= GATHERING) setImmediate(() => this.#due())
      else setTimeout(() => this.#due(), GATHERING - pause)
    }
  }

  /** Whole lines, as another thread has put them together. */
  relay(lines: Uint8Array): void {
    if (this.#isBroken) return
    if (this.#fullSize + this.#end > MAX_WAITING) {
      for (const octet of lines) if (octet === NEWLINE) this.#dropped++
      return
    }
    this.#nextChunk(0)
    this.#full.push(Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength))
    this.#fullSize += lines.length
    if (!this.#isWriting) this.#flush()
  }

  /** Settles when everything was written, or after `patience` milliseconds. */
  drain(patience: number): Promise<void> {
    if (!this.#isWriting) this.#flush()
    if (!this.#isWriting) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patience)
      this.#drained.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #append(line: string): void {
    const most = line.length * PER_CHARACTER + 1
    if (this.#end + most > this.#chunk.length) this.#nextChunk(most)
    this.#end += this.#chunk.write(line, this.#end)
    this.#chunk[this.#end++] = NEWLINE
  }

  #nextChunk(size: number): void {
    if (this.#end > 0) {
      this.#full.push(this.#chunk.subarray(0, this.#end))
      this.#fullSize += this.#end
    }
    this.#end = 0
    this.#chunk =
      this.#spare && this.#spare.length >= size ? this.#spare : Buffer.allocUnsafeSlow(Math.max(CHUNK, size))
    this.#spare = undefined
  }

  #due(): void {
    this.#isScheduled = false
    if (!this.#isWriting) this.#flush()
  }

  #flush(): void {
    if (this.#dropped > 0 && this.#full.length <= 1) this.#tellDropped()
    const octets = this.#full[0] ?? this.#chunk.subarray(0, this.#end)
    if (octets.length === 0 || this.#isBroken) {
      for (const resolve of this.#drained.splice(0)) resolve()
      return
    }
    if (this.#full.length === 0) this.#take()
    else this.#fullSize -= this.#full.shift()!.length
    this.#isWriting = true
    this.#lastWrite = performance.now()
    this.#stream.write(octets, () => {
      this.#isWriting = false
      if (octets.buffer.byteLength === CHUNK) this.#spare ??= Buffer.from(octets.buffer)
      this.#flush()
    })
  }

  /** The chunk is about to be written: the next lines go into another one. */
  #take(): void {
    this.#chunk = this.#spare ?? NOTHING
    this.#spare = undefined
    this.#end = 0
  }

  #tellDropped(): void {
    const count = this.#dropped
    this.#dropped = 0
    this.#append(`[WARNING] ${count} log lines were dropped: the reader is too slow`)
  }

  #break(): void {
    this.#isBroken = true
    this.#chunk = NOTHING
    this.#end = 0
    this.#full.length = 0
    this.#fullSize = 0
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}

const NEWLINE = 0x0a
const INFO = Buffer.from('[INFO] ')

/** The log of a Node process: information on stdout, warnings and errors on stderr, each line with its level. */
export class NodeLog implements Log {
  readonly #out: LineWriter
  readonly #err: LineWriter

  constructor(out: LogStream = process.stdout, err: LogStream = process.stderr) {
    this.#out = new LineWriter(out)
    this.#err = new LineWriter(err)
  }

  info(line: string): void {
    this.#out.write(`[INFO] ${line}`)
  }

  infoOctets(line: Uint8Array): void {
    this.#out.writeOctets(INFO, line)
  }

  warn(line: string): void {
    this.#err.write(`[WARNING] ${line}`)
  }

  error(line: string): void {
    this.#err.write(`[ERROR] ${line}`)
  }

  /** A line as it is: JSON, what is served, and the like. */
  print(line: string): void {
    this.#out.write(line)
  }

  /** Lines of another thread, as they are to be written. */
  relay(stream: 'out' | 'err', lines: Uint8Array): void {
    const writer = stream === 'out' ? this.#out : this.#err
    writer.relay(lines)
  }

  /** Settles when everything was written, or after `patience` milliseconds: to be called before the process ends. */
  async drain(patience = 1000): Promise<void> {
    await Promise.all([this.#out.drain(patience), this.#err.drain(patience)])
  }
}
