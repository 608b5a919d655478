import { WireError } from '../error.ts'
import { ipv4Text, ipv6Text, parseIPv4, parseIPv6 } from './address.ts'
import type { Field } from './define.ts'
import type { RdataReader, RdataWriter } from './wire.ts'
import type { Words } from './words.ts'

/** Address families by number (RFC 3123 §4). */
const FAMILIES = new Map([
  [1, { size: 4, parse: parseIPv4, text: ipv4Text }],
  [2, { size: 16, parse: parseIPv6, text: ipv6Text }],
])

/** One item, `!1:192.168.38.0/28`. Zero octets at the end of the address are not sent. */
function parseItem(words: Words, out: RdataWriter, label: string): void {
  const text = words.take(label)
  const [, negation, family, address, prefix] = /^(!?)([12]):([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const octets = FAMILIES.get(Number(family))?.parse(address)
  if (!octets || Number(prefix) > octets.length * 8) {
    words.reject(label, 'like 1:192.0.2.0/24 or !2:2001:db8::/32', text)
  }
  let length = octets.length
  while (length > 0 && octets[length - 1] === 0) length--
  out.number(2, Number(family))
  out.number(1, Number(prefix))
  out.number(1, (negation === '!' ? 0x80 : 0) | length)
  out.append(octets.subarray(0, length))
}

function printItem(wire: RdataReader): string {
  const code = wire.number(2)
  const prefix = wire.number(1)
  const lengthOctet = wire.number(1)
  const part = wire.take(lengthOctet & 0x7f)
  const family = FAMILIES.get(code)
  const isPlain = family && prefix <= family.size * 8 && part.length <= family.size && part[part.length - 1] !== 0
  if (!isPlain) throw new WireError('address prefix without a text form')
  const octets = new Uint8Array(family.size)
  octets.set(part)
  return `${lengthOctet & 0x80 ? '!' : ''}${code}:${family.text(octets)}/${prefix}`
}

/** Address prefix lists (RFC 3123). */
export const prefixes: Field = {
  parse(words, out, label) {
    while (!words.done) parseItem(words, out, label)
  },
  print(wire) {
    const items: string[] = []
    while (wire.left > 0) items.push(printItem(wire))
    return items.join(' ')
  },
  skip(wire) {
    while (wire.left > 0) {
      wire.skip(3)
      wire.skip(wire.number(1) & 0x7f)
    }
  },
}
