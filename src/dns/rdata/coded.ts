import { types } from './codes.ts'
import type { Field } from './define.ts'
import { takeNumber } from './numbers.ts'

interface Options {
  /** Print the mnemonic rather than the number. */
  readonly show: boolean
}

/** A number of `size` octets that may be written as a mnemonic, in any case. */
export function coded(size: number, codes: Readonly<Record<string, number>>, { show }: Options): Field {
  const entries = Object.entries(codes)
  const byName = new Map(entries)
  const names = new Map(show ? entries.map(([name, code]) => [code, name]) : [])
  const max = 2 ** (8 * size) - 1
  return {
    size,
    parse(words, out, label) {
      const known = byName.get(words.peek?.text.toUpperCase() ?? '')
      if (known !== undefined) words.take(label)
      out.number(size, known ?? takeNumber(words, label, max))
    },
    print(wire) {
      const code = wire.number(size)
      return names.get(code) ?? String(code)
    },
    skip: (wire) => wire.skip(size),
  }
}

/** The type of another record, as a mnemonic or `TYPE65280`. */
export const recordType: Field = {
  size: 2,
  parse(words, out, label) {
    const text = words.take(label)
    out.number(2, types.code(text) ?? words.reject(label, 'a record type', text))
  },
  print: (wire) => types.name(wire.number(2)),
  skip: (wire) => wire.skip(2),
}

/** The IANA registry "DNS Security Algorithm Numbers". */
export const ALGORITHMS = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  NSEC3DSA: 6,
  'RSASHA1-NSEC3-SHA1': 7,
  NSEC3RSASHA1: 7,
  RSASHA256: 8,
  RSASHA512: 10,
  'ECC-GOST': 12,
  ECCGOST: 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  SM2SM3: 17,
  'ECC-GOST12': 23,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
}

/** A DNSSEC algorithm, shown as its number like everyone does (RFC 4034 §2.2). */
export const algorithm: Field = coded(1, ALGORITHMS, { show: false })

/** A DS digest type. */
export const digestType: Field = coded(
  1,
  { 'SHA-1': 1, SHA1: 1, 'SHA-256': 2, SHA256: 2, GOST: 3, 'SHA-384': 4, SHA384: 4, 'GOST12-256': 5, 'SM3-HASH': 6 },
  { show: false },
)
