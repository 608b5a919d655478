const NUL = 0
const TAB = 9
const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const QUOTE = 34
const OPEN = 40
const CLOSE = 41
const SEMICOLON = 59
const BACKSLASH = 92

/** What an octet is between words; 0: the beginning or inside of a word. */
const KIND = new Uint8Array(256)
for (const c of [NUL, TAB, NEWLINE, RETURN, SPACE, OPEN, CLOSE, SEMICOLON, BACKSLASH]) KIND[c] = 1
/** Octets that need a look while a word is read. */
const STOPS = KIND.slice()
STOPS[QUOTE] = 1

/** A mistake in the text, at a place in it. */
export class Fault extends Error {
  readonly line: number
  readonly column: number

  constructor(message: string, line: number, column: number) {
    super(message)
    this.line = line
    this.column = column
  }
}

/**
 * Cuts the octets of a master file into words (RFC 1035 §5.1): white space, comments, parentheses that make lines one
 * entry, quotes and escapes. A word is a range of the octets; nothing is copied.
 */
export class Scanner {
  readonly bytes: Uint8Array
  readonly end: number
  position = 0
  /** The line of `position`, from 1. */
  line = 1
  lineStart = 0
  /** The word found last: without its quotes, with its escapes. */
  start = 0
  stop = 0
  quoted = false
  #depth = 0
  #opened = 0
  readonly #marked = { position: 0, line: 1, lineStart: 0, depth: 0, opened: 0 }

  constructor(bytes: Uint8Array, end: number = bytes.length) {
    this.bytes = bytes
    this.end = end
  }

  /** Moves to the next word of the entry; false at the entry's end, which is not passed. */
  next(): boolean {
    const { bytes, end } = this
    let i = this.position
    for (; i < end; i++) {
      const c = bytes[i]
      if (c === SPACE || c === TAB || c === RETURN) continue
      if (KIND[c] === 0 || c === BACKSLASH) return c === QUOTE ? this.#quotedWord(i) : this.#word(i)
      if (c === SEMICOLON) {
        while (i + 1 < end && bytes[i + 1] !== NEWLINE) i++
      } else if (c === NEWLINE) {
        if (this.#depth === 0) break
        this.#newline(i)
      } else if (c === NUL) this.#stray(i)
      else this.#parenthesis(c, i)
    }
    this.position = i
    if (i >= end && this.#depth > 0) this.#unclosed()
    return false
  }

  /** Passes whatever is left of the entry, its newline too. */
  skipEntry(): void {
    try {
      while (this.next());
    } catch {
      // A fault in what is skipped after a fault is not worth telling.
      this.#skipLine()
    }
    this.#depth = 0
    if (this.position < this.end) {
      this.#newline(this.position)
      this.position++
    }
  }

  /** Notes this place, to which `reset` goes back. */
  mark(): void {
    this.#marked.position = this.position
    this.#marked.line = this.line
    this.#marked.lineStart = this.lineStart
    this.#marked.depth = this.#depth
    this.#marked.opened = this.#opened
  }

  reset(): void {
    this.position = this.#marked.position
    this.line = this.#marked.line
    this.lineStart = this.#marked.lineStart
    this.#depth = this.#marked.depth
    this.#opened = this.#marked.opened
  }

  get column(): number {
    return this.start - this.lineStart + (this.quoted ? 0 : 1)
  }

  /** Is the word, not a quoted one, the same octets as those in `[start, stop)`? */
  is(start: number, stop: number): boolean {
    const { bytes } = this
    const size = this.stop - this.start
    if (size !== stop - start || this.quoted) return false
    for (let i = 0; i < size; i++) if (bytes[this.start + i] !== bytes[start + i]) return false
    return true
  }

  /** The word as text; octets outside ASCII become `\DDD`, so that none is lost. */
  text(start: number = this.start, stop: number = this.stop): string {
    let text = ''
    for (let i = start; i < stop; i++) {
      const c = this.bytes[i]
      text += c < 128 ? String.fromCharCode(c) : `\\${c}`
    }
    return text
  }

  fault(message: string): Fault {
    return new Fault(message, this.line, this.column)
  }

  #word(from: number): true {
    const { bytes, end } = this
    let i = from
    for (; i < end; i++) {
      const c = bytes[i]
      if (STOPS[c] === 0) continue
      // A quote begins another word, also in `alpn="h2,h3"`: who reads parameters knows (RFC 9460 §2.1).
      if (c !== BACKSLASH) break
      if (i + 1 < end && bytes[i + 1] !== NEWLINE) i++
    }
    this.start = from
    this.stop = i
    this.quoted = false
    this.position = i
    return true
  }

  #quotedWord(at: number): true {
    const close = this.#closing(at)
    this.start = at + 1
    this.stop = close
    this.quoted = true
    this.position = close + 1
    return true
  }

  #closing(at: number): number {
    const { bytes, end } = this
    for (let i = at + 1; i < end && bytes[i] !== NEWLINE; i++) {
      if (bytes[i] === QUOTE) return i
      if (bytes[i] === BACKSLASH) i++
    }
    this.position = at + 1
    this.#skipLine()
    throw new Fault('closing quote is missing', this.line, at - this.lineStart + 1)
  }

  /** No text has it: the file is damaged. */
  #stray(at: number): never {
    this.position = at + 1
    throw new Fault('NUL octet in the text', this.line, at - this.lineStart + 1)
  }

  #parenthesis(c: number, i: number): void {
    if (c === OPEN) {
      if (this.#depth++ === 0) this.#opened = i
      return
    }
    if (this.#depth === 0) {
      this.position = i + 1
      throw new Fault('")" without "("', this.line, i - this.lineStart + 1)
    }
    this.#depth--
  }

  #unclosed(): never {
    this.#depth = 0
    const at = this.#opened
    let line = this.line
    let lineStart = this.lineStart
    if (at < lineStart) {
      line = 1
      lineStart = 0
      for (let i = 0; i < at; i++)
        if (this.bytes[i] === NEWLINE) {
          line++
          lineStart = i + 1
        }
    }
    throw new Fault('"(" is never closed', line, at - lineStart + 1)
  }

  #newline(at: number): void {
    this.line++
    this.lineStart = at + 1
  }

  #skipLine(): void {
    while (this.position < this.end && this.bytes[this.position] !== NEWLINE) this.position++
  }
}
