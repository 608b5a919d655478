import { parseAddress, unmapAddress } from '../../address.ts'
import { FOLD, MAX_LABEL, MAX_NAME, type Name } from '../../dns/name.ts'

/** Takes what a hosts file says: an address, and one of its names, folded. */
export interface HostSink {
  /** The name is a view, good until the call returns. The address is the same object where one follows itself. */
  host(address: Uint8Array, name: Name): void
}

const LF = 10
const HASH = 35
const DOT = 46
const PERCENT = 37
const BACKSLASH = 92
const isBlank = (c: number): boolean => c === 32 || c === 9 || c === 13 || c === 11 || c === 12

/**
 * Reads a hosts file (hosts(5)): an address and its names on each line, `#` before comments. Lines that are neither are
 * passed over; returns their numbers, from 1. Works on octets, as files may have 100,000 lines and more.
 */
export function readHostsFile(file: Uint8Array, sink: HostSink): number[] {
  const reader = new HostsReader(sink)
  const bad: number[] = []
  let line = 0
  for (let start = 0; start < file.length; ) {
    let end = file.indexOf(LF, start)
    if (end < 0) end = file.length
    line++
    if (!reader.readLine(file, start, end)) bad.push(line)
    start = end + 1
  }
  return bad
}

/** Is a line of these words one of a hosts file? */
export function isHostLine(words: readonly string[]): boolean {
  return readHostsFile(new TextEncoder().encode(words.join(' ')), { host: () => {} }).length === 0
}

class HostsReader {
  readonly #sink: HostSink
  /** The address of the line before, which is often this line's too. */
  #addressText = ''
  #address: Uint8Array | undefined
  readonly #name = new Uint8Array(MAX_NAME)

  constructor(sink: HostSink) {
    this.#sink = sink
  }

  readLine(file: Uint8Array, from: number, to: number): boolean {
    let at = from
    let words = 0
    let good = true
    while (true) {
      while (at < to && isBlank(file[at])) at++
      if (at === to || file[at] === HASH) break
      let end = at
      while (end < to && !isBlank(file[end]) && file[end] !== HASH) end++
      if (words++ === 0) {
        if (!this.#readAddress(file, at, end)) return false
      } else {
        good = this.#readName(file, at, end) && good
      }
      at = end
    }
    return good && words !== 1
  }

  #readAddress(file: Uint8Array, start: number, end: number): boolean {
    // An interface after the address (`fe80::1%eth0`) means nothing to others.
    const zone = file.subarray(start, end).indexOf(PERCENT)
    const stop = zone < 0 ? end : start + zone
    if (stop - start > 45) return false
    const text = String.fromCharCode(...file.subarray(start, stop))
    if (text !== this.#addressText) {
      const address = parseAddress(text)
      this.#addressText = text
      this.#address = address && unmapAddress(address)
    }
    return this.#address !== undefined
  }

  #readName(file: Uint8Array, start: number, end: number): boolean {
    const length = nameInto(this.#name, file, start, end)
    if (length === 0) return false
    this.#sink.host(this.#address!, this.#name.subarray(0, length))
    return true
  }
}

/** Writes a host name in wire form, folded. Returns its length, 0 where it is none. */
function nameInto(out: Uint8Array, file: Uint8Array, start: number, end: number): number {
  const stop = file[end - 1] === DOT ? end - 1 : end
  if (stop === start || stop - start + 2 > MAX_NAME) return 0
  let label = 0
  let length = 1
  for (let i = start; i <= stop; i++) {
    const c = i < stop ? file[i] : DOT
    if (c === BACKSLASH) return 0
    if (c !== DOT) {
      out[length++] = FOLD[c]
      continue
    }
    const size = length - label - 1
    if (size === 0 || size > MAX_LABEL) return 0
    out[label] = size
    label = length++
  }
  out[label] = 0
  return length
}
