import { WireError } from '../error.ts'
import { decode, HEX } from './blobs.ts'
import type { Field } from './define.ts'
import { takeNumber } from './numbers.ts'
import { hex } from './radix.ts'
import type { Words } from './words.ts'

/** An OSI address: hexadecimal digits behind `0x`, with dots anywhere (RFC 1706 §7). Shown in small letters, as `dig` does. */
export const nsap: Field = {
  parse(words, out, label) {
    const text = words.take(label)
    const octets = /^0x/i.test(text) ? hex.decode(text.slice(2).replaceAll('.', '')) : undefined
    out.append(octets?.length ? octets : words.reject(label, 'hexadecimal digits behind 0x', text))
  },
  print(wire) {
    if (wire.left === 0) throw new WireError('empty address')
    return `0x${hex.encode(wire.takeRest()).toLowerCase()}`
  },
  skip: (wire) => wire.skip(wire.left),
}

/** An ATM address: `+` and digits for E.164, or hexadecimal digits (shown in small letters) for an ATM end system. */
export const atmAddress: Field = {
  parse(words, out, label) {
    const text = words.take(label)
    const isE164 = /^\+\d+$/.test(text)
    out.number(1, isE164 ? 1 : 0)
    if (isE164) for (const digit of text.slice(1)) out.number(1, digit.charCodeAt(0))
    else out.append(decode(words, label, text.replaceAll('.', ''), hex, `+ and digits, or ${HEX}`))
  },
  print(wire) {
    const format = wire.number(1)
    const octets = wire.takeRest()
    if (format === 0 && octets.length > 0) return hex.encode(octets).toLowerCase()
    const digits = String.fromCharCode(...octets.subarray(0, 256))
    if (format !== 1 || octets.length > 256 || !/^\d+$/.test(digits)) throw new WireError('address without a text form')
    return `+${digits}`
  },
  skip(wire) {
    wire.skip(1)
    wire.skip(wire.left)
  },
}

const PROTOCOLS = new Map([
  ['tcp', 6],
  ['udp', 17],
])
const SERVICES = new Map(
  Object.entries({
    echo: 7,
    discard: 9,
    daytime: 13,
    'ftp-data': 20,
    ftp: 21,
    ssh: 22,
    telnet: 23,
    smtp: 25,
    time: 37,
    domain: 53,
    finger: 79,
    http: 80,
  }),
)

function takeCode(words: Words, label: string, names: ReadonlyMap<string, number>, max: number): number {
  const known = names.get(words.peek?.text.toLowerCase() ?? '')
  if (known === undefined) return takeNumber(words, label, max)
  words.take(label)
  return known
}

/** A protocol and the ports on which it is served, as a bitmap (RFC 1035 §3.4.2). */
export const services: Field = {
  parse(words, out) {
    out.number(1, takeCode(words, 'protocol', PROTOCOLS, 255))
    const bitmap = new Uint8Array(8192)
    let length = 0
    while (!words.done) {
      const port = takeCode(words, 'port', SERVICES, 65_535)
      bitmap[port >> 3] |= 0x80 >> (port & 7)
      length = Math.max(length, (port >> 3) + 1)
    }
    out.append(bitmap.subarray(0, length))
  },
  print(wire) {
    const parts = [wire.number(1)]
    const bitmap = wire.takeRest()
    if (bitmap.length > 8192 || bitmap[bitmap.length - 1] === 0) throw new WireError('bitmap without a text form')
    for (let port = 0; port < bitmap.length * 8; port++) if (bitmap[port >> 3] & (0x80 >> (port & 7))) parts.push(port)
    return parts.join(' ')
  },
  skip(wire) {
    wire.skip(1)
    wire.skip(wire.left)
  },
}
