import { WireError } from '../error.ts'
import type { Field } from './define.ts'
import { octetsOf, textOf } from './strings.ts'

const SHAPE = /^[a-z\d]{1,255}$/i

/** A CAA property's tag: letters and digits behind a length octet (RFC 8659 §4.1). */
export const propertyTag: Field = {
  parse(words, out, label) {
    const text = words.takeText(label)
    if (!SHAPE.test(text)) words.reject(label, 'letters and digits', text)
    const octets = octetsOf(words, text)
    out.number(1, octets.length)
    out.append(octets)
  },
  print(wire) {
    const text = textOf(wire.take(wire.number(1)))
    if (!SHAPE.test(text)) throw new WireError('tag without a text form')
    return text
  },
  skip: (wire) => wire.skip(wire.number(1)),
}
