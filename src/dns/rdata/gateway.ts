import { WireError } from '../error.ts'
import { nameText } from '../name.ts'
import { ipv4, ipv6 } from './address.ts'
import type { Field } from './define.ts'
import { plainName } from './names.ts'
import { takeNumber } from './numbers.ts'

/** No gateway: a dot in text, nothing on the wire. */
const none: Field = {
  parse(words, _out, label) {
    const name = words.takeName(label)
    if (name.length > 1) words.reject(label, '"." for type 0', nameText(name))
  },
  print: () => '.',
  skip: () => {},
}

/** By gateway type (RFC 4025 §2.3, RFC 8777 §4.2.3). */
const KINDS: readonly Field[] = [none, ipv4, ipv6, plainName]

/** A gateway whose type stands, under `mask`, in the octet at `typeAt` of the data. */
function gatewayOf(typeAt: number, mask: number): Field {
  return {
    parse(words, out, label) {
      const type = out.octets[typeAt] & mask
      const kind = KINDS[type]
      if (kind) return kind.parse(words, out, label)
      words.take(label)
      words.fail(`${label} of unknown type ${type} must be written with \\#`)
    },
    print(wire) {
      const kind = KINDS[wire.octets[wire.start + typeAt] & mask]
      if (!kind) throw new WireError('gateway of unknown type')
      return kind.print(wire)
    },
    skip(wire) {
      const kind = KINDS[wire.octets[wire.start + typeAt] & mask]
      if (kind) kind.skip(wire)
      else wire.skip(wire.left)
    },
  }
}

export const ipsecGateway: Field = gatewayOf(1, 0xff)
export const amtRelay: Field = gatewayOf(1, 0x7f)

/** AMTRELAY's discovery bit and relay type: two words, one octet (RFC 8777 §4.2). */
export const discoveryAndType: Field = {
  size: 1,
  parse(words, out) {
    const discovery = takeNumber(words, 'discovery optional', 1)
    out.number(1, (discovery << 7) | takeNumber(words, 'relay type', 127))
  },
  print(wire) {
    const octet = wire.number(1)
    return `${octet >> 7} ${octet & 127}`
  },
  skip: (wire) => wire.skip(1),
}
