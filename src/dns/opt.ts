import { TYPE } from './constants.ts'
import { copy } from './copy.ts'
import { type Edns, type EdnsOption, OPTION } from './edns.ts'
import { WireError } from './error.ts'
import { putU16, u16 } from './header.ts'

/** The smallest UDP size that an OPT record can announce (RFC 6891 §6.2.3). */
const MIN_UDP_SIZE = 512

/** An OPT record as received; options are cut out at first use, since most queries are answered without looking. */
class ReceivedOpt implements Edns {
  readonly version: number
  readonly udpSize: number
  readonly dnssecOk: boolean
  readonly #message: Uint8Array
  /** Where the options are in the message. */
  readonly #start: number
  readonly #end: number
  #options: readonly EdnsOption[] | undefined

  constructor(message: Uint8Array, at: number, end: number) {
    this.version = message[at + 5]
    this.udpSize = Math.max(MIN_UDP_SIZE, u16(message, at + 2))
    this.dnssecOk = (message[at + 6] & 0x80) !== 0
    this.#message = message
    this.#start = at + FIXED
    this.#end = end
  }

  get options(): readonly EdnsOption[] {
    this.#options ??= cutOptions(this.#message, this.#start, this.#end)
    return this.#options
  }
}

function cutOptions(message: Uint8Array, start: number, end: number): EdnsOption[] {
  const options: EdnsOption[] = []
  for (let at = start; at < end; ) {
    const data = new Uint8Array(u16(message, at + 2))
    copy(message, at + 4, data.length, data, 0)
    options.push({ code: u16(message, at), data })
    at += 4 + data.length
  }
  return options
}

/** Type, class, TTL and length. */
const FIXED = 10

/** Reads an OPT record whose TYPE field stands at `at` (RFC 6891 §6.1.2). The message must not change. Throws WireError. */
export function readOpt(message: Uint8Array, at: number): Edns {
  const end = at + FIXED + u16(message, at + 8)
  if (end > message.length) throw new WireError('OPT record runs past the message')
  let option = at + FIXED
  while (option + 4 <= end) option += 4 + u16(message, option + 2)
  if (option !== end) throw new WireError('EDNS option runs past the OPT record')
  return new ReceivedOpt(message, at, end)
}

/** Octets of an OPT record that carries these options. */
export function optLength(options: readonly EdnsOption[]): number {
  let length = 11
  for (let i = 0; i < options.length; i++) length += 4 + options[i].data.length
  return length
}

/** Writes an OPT record (RFC 6891 §6.1.2) at `at` and returns where writing goes on. `rcode` is the whole, of 12 bits. */
export function writeOpt(
  out: Uint8Array,
  at: number,
  udpSize: number,
  rcode: number,
  version: number,
  dnssecOk: boolean,
  options: readonly EdnsOption[],
): number {
  out[at] = 0
  putU16(out, at + 1, TYPE.OPT)
  putU16(out, at + 3, udpSize)
  out[at + 5] = rcode >> 4
  out[at + 6] = version
  putU16(out, at + 7, dnssecOk ? 0x8000 : 0)
  let to = at + 11
  for (let i = 0; i < options.length; i++) {
    const { code, data } = options[i]
    putU16(out, to, code)
    putU16(out, to + 2, data.length)
    out.set(data, to + 4)
    to += 4 + data.length
  }
  putU16(out, at + 9, to - at - 11)
  return to
}

/** Octets of padding that bring a message of `length` octets, OPT included, to a multiple of `block` (RFC 7830, RFC 8467). */
export function paddingFor(length: number, block: number, limit: number): number {
  const withHeader = length + 4
  const padded = Math.ceil(withHeader / block) * block
  return Math.min(padded, limit) - withHeader
}

export const padding = (octets: number): EdnsOption => ({ code: OPTION.PADDING, data: new Uint8Array(octets) })
