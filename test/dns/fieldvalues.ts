import fc from 'fast-check'
import { prefixes } from '../../src/dns/rdata/apl.ts'
import { nxtBitmap, typeBitmaps } from '../../src/dns/rdata/bitmap.ts'
import { base64Rest, dashBase64, hash, hexRest, optionalBase64, salt } from '../../src/dns/rdata/blobs.ts'
import { propertyTag } from '../../src/dns/rdata/caa.ts'
import type { Field } from '../../src/dns/rdata/define.ts'
import { hostIdentity } from '../../src/dns/rdata/hip.ts'
import { atmAddress, nsap, services } from '../../src/dns/rdata/historic.ts'
import { place } from '../../src/dns/rdata/loc.ts'
import { plainNames } from '../../src/dns/rdata/names.ts'
import { optionalString, restText, string, strings } from '../../src/dns/rdata/strings.ts'
import { serviceParams } from '../../src/dns/rdata/svcb.ts'
import { anyName, bytes, counted, listOf, sequence } from './arbitraries.ts'

const u16 = (value: number): number[] => [value >> 8, value & 255]

const u32 = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
  fc.integer({ min, max }).map((value) => Uint8Array.of(...u16(Math.floor(value / 65_536)), ...u16(value & 65_535)))

/** Octets of which the last is not zero. */
const trimmed = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  bytes(minLength, maxLength).filter((array) => array.length === 0 || array[array.length - 1] !== 0)

const bitmaps: fc.Arbitrary<Uint8Array> = fc
  .uniqueArray(fc.nat(255), { maxLength: 3 })
  .chain((windows) =>
    sequence(
      ...windows
        .sort((a, b) => a - b)
        .map((window) => trimmed(1, 32).map((bitmap) => Uint8Array.of(window, bitmap.length, ...bitmap))),
    ),
  )

const prefixItem = fc
  .constantFrom([1, 4], [2, 16])
  .chain(([family, size]) =>
    fc
      .tuple(fc.nat(size * 8), fc.boolean(), trimmed(0, size))
      .map(([prefix, negated, part]) => Uint8Array.of(0, family, prefix, (negated ? 0x80 : 0) | part.length, ...part)),
  )

const size = fc
  .tuple(fc.nat(9), fc.nat(9))
  .map(([digit, power]) => Uint8Array.of(digit === 0 ? 0 : (digit << 4) | power))
const angle = (degrees: number) => u32(2 ** 31 - degrees * 3_600_000, 2 ** 31 + degrees * 3_600_000)
const location = sequence(
  bytes(1).map(() => new Uint8Array(1)),
  size,
  size,
  size,
  angle(90),
  angle(180),
  bytes(4),
)

/** Parameters by number: their values on the wire. */
const PARAMS: readonly fc.Arbitrary<Uint8Array>[] = [
  bytes(0),
  listOf(counted(1, 20), 1),
  bytes(0),
  bytes(2),
  listOf(bytes(4), 1),
  bytes(1, 30),
  listOf(bytes(16), 1),
  bytes(1, 30),
  bytes(0),
  listOf(bytes(2), 1),
  listOf(counted(1, 20)),
]

/** Parameters with ascending keys, all of them mandatory or none; no-default-alpn only where there is alpn. */
const params: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 11, max: 65_535 }))), fc.boolean())
  .map(([keys, mandatory]): [number[], boolean] => [
    keys.filter((key) => key !== 2 || keys.includes(1)).sort((a, b) => a - b),
    mandatory,
  ])
  .chain(([keys, mandatory]) =>
    sequence(
      ...(mandatory && keys.length > 0 ? [param(0, fc.constant(Uint8Array.from(keys.flatMap(u16))))] : []),
      ...keys.map((key) => param(key, PARAMS[key] ?? bytes(0, 30))),
    ),
  )

const param = (key: number, value: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  value.map((octets) => Uint8Array.of(...u16(key), ...u16(octets.length), ...octets))

const digits = fc.stringMatching(/^\d{1,20}$/).map((text) => Uint8Array.from(text, (digit) => digit.charCodeAt(0)))
const tag = fc.stringMatching(/^[a-zA-Z\d]{1,20}$/).map((text) => Uint8Array.from(text, (char) => char.charCodeAt(0)))

/** What a field of no fixed size may hold on the wire and show in text. */
const VALUES: ReadonlyMap<Field, fc.Arbitrary<Uint8Array>> = new Map([
  [string, counted()],
  [optionalString, fc.oneof(bytes(0), counted())],
  [strings, listOf(fc.oneof(counted(0, 5), counted()), 1)],
  [restText, bytes(0, 300)],
  [hexRest, bytes(1, 80)],
  [base64Rest, bytes(1, 80)],
  [optionalBase64, bytes(0, 80)],
  [dashBase64, bytes(0, 80)],
  [salt, counted()],
  [hash, counted(1)],
  [typeBitmaps, bitmaps],
  [nxtBitmap, trimmed(0, 16).filter((bitmap) => bitmap.length === 0 || bitmap[0] < 128)],
  [prefixes, listOf(prefixItem)],
  [plainNames, listOf(anyName)],
  [
    hostIdentity,
    fc
      .tuple(bytes(1, 40), fc.nat(255), bytes(1, 80))
      .map(([hit, algorithm, key]) => Uint8Array.of(hit.length, algorithm, ...u16(key.length), ...hit, ...key)),
  ],
  [place, location],
  [serviceParams, params],
  [propertyTag, tag.map((text) => Uint8Array.of(text.length, ...text))],
  [nsap, bytes(1, 20)],
  [
    atmAddress,
    fc.oneof(sequence(fc.constant(Uint8Array.of(0)), bytes(1, 20)), sequence(fc.constant(Uint8Array.of(1)), digits)),
  ],
  [services, sequence(bytes(1), trimmed(0, 40))],
])

/** Octets that the field may hold. */
export function fieldValue(field: Field): fc.Arbitrary<Uint8Array> {
  if (field.rule) return anyName
  const value = field.size === undefined ? VALUES.get(field) : bytes(field.size)
  if (!value) throw new Error('no values are known for a field')
  return value
}

const gateways: readonly fc.Arbitrary<Uint8Array>[] = [bytes(0), bytes(4), bytes(16), anyName]

/** Octets, a type, and a digest of the length that this type has; other types have any length from `least` on. */
const sized = (prefix: number, sizes: readonly (readonly [type: number, size: number])[], least = 1) =>
  fc
    .oneof(fc.constantFrom(...sizes), fc.tuple(fc.integer({ min: 5, max: 255 }), fc.integer({ min: least, max: 80 })))
    .chain(([type, size]) => sequence(bytes(prefix), fc.constant(Uint8Array.of(type)), bytes(size)))
const digests = sized(3, [
  [1, 20],
  [2, 32],
  [3, 32],
  [4, 48],
])

/** Whole data, for types in which one field says what is in another. */
export const WHOLE_VALUES: Readonly<Record<string, fc.Arbitrary<Uint8Array>>> = {
  DS: digests,
  CDS: digests,
  TA: digests,
  DLV: digests,
  SSHFP: sized(1, [
    [1, 20],
    [2, 32],
  ]),
  ZONEMD: sized(
    5,
    [
      [1, 48],
      [2, 64],
    ],
    12,
  ),
  IPSECKEY: fc
    .nat(3)
    .chain((type) => sequence(bytes(1), fc.constant(Uint8Array.of(type)), bytes(1), gateways[type], bytes(0, 80))),
  AMTRELAY: fc
    .tuple(fc.nat(3), fc.boolean())
    .chain(([type, discovery]) =>
      sequence(bytes(1), fc.constant(Uint8Array.of(type | (discovery ? 0x80 : 0))), gateways[type]),
    ),
}
