import { createWriteStream, type WriteStream } from 'node:fs'

/** A file that session keys are appended to, for a program that is to read along. Opened with the first key. */
export class TlsKeylog {
  readonly #file: string
  readonly #warn: ((line: string) => void) | undefined
  #stream: WriteStream | undefined
  #isClosed = false

  constructor(file: string, warn: ((line: string) => void) | undefined) {
    this.#file = file
    this.#warn = warn
  }

  write(line: Uint8Array): void {
    if (this.#isClosed) return
    this.#stream ??= this.#open()
    this.#stream.write(line)
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#file, { flags: 'a', mode: 0o600 })
    stream.on('error', (error) => this.#warn?.(`tls: cannot write session keys: ${error.message}`))
    return stream
  }

  close(): void {
    this.#isClosed = true
    this.#stream?.end()
  }
}
