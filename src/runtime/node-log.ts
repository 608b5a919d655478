import type { Log } from './runtime.ts'

/** What a log writes to: process.stdout and process.stderr, or a stand-in. */
export interface LogStream {
  write(text: string, done: (error?: Error | null) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Written at once when this much has gathered. Characters. */
const BATCH = 64 * 1024
/** Most that waits for a reader that is slow; what comes on top is dropped and counted. Characters. */
const MAX_WAITING = 4 * 1024 * 1024

/**
 * Lines on their way to a stream. They are written in batches, one write at a time: a busy server makes few system
 * calls, and one whose reader stalls keeps serving within a fixed amount of memory.
 */
export class LineWriter {
  readonly #stream: LogStream
  #waiting = ''
  #dropped = 0
  #isWriting = false
  #isScheduled = false
  #isBroken = false
  #drained: (() => void)[] = []

  constructor(stream: LogStream) {
    this.#stream = stream
    // A reader that has gone (EPIPE) is no reason to stop serving.
    stream.on('error', () => this.#break())
  }

  write(line: string): void {
    if (this.#isBroken) return
    if (this.#waiting.length > MAX_WAITING) {
      this.#dropped++
      return
    }
    this.#waiting += `${line}\n`
    if (this.#isWriting) return
    if (this.#waiting.length >= BATCH) this.#flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        if (!this.#isWriting) this.#flush()
      })
    }
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

  #flush(): void {
    if (this.#waiting === '' || this.#isBroken) {
      for (const resolve of this.#drained.splice(0)) resolve()
      return
    }
    let text = this.#waiting
    if (this.#dropped > 0) text += `[WARNING] ${this.#dropped} log lines were dropped: the reader is too slow\n`
    this.#waiting = ''
    this.#dropped = 0
    this.#isWriting = true
    this.#stream.write(text, () => {
      this.#isWriting = false
      this.#flush()
    })
  }

  #break(): void {
    this.#isBroken = true
    this.#waiting = ''
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}

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

  warn(line: string): void {
    this.#err.write(`[WARNING] ${line}`)
  }

  error(line: string): void {
    this.#err.write(`[ERROR] ${line}`)
  }

  /** A line for the user, as it is: what is served, and the like. */
  print(line: string): void {
    this.#out.write(line)
  }

  /** Lines of another thread, as they are to be written. */
  relay(stream: 'out' | 'err', text: string): void {
    const writer = stream === 'out' ? this.#out : this.#err
    writer.write(text.endsWith('\n') ? text.slice(0, -1) : text)
  }

  /** Settles when everything was written, or after `patience` milliseconds: to be called before the process ends. */
  async drain(patience = 1000): Promise<void> {
    await Promise.all([this.#out.drain(patience), this.#err.drain(patience)])
  }
}
