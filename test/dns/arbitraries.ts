import fc from 'fast-check'

/** Octets as hexadecimal digits, and back. */
export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
export const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

/** Octets without Buffer's class, so that they compare equal to what the code returns. */
export const bytes = (minLength: number, maxLength: number = minLength): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Uint8Array.from(array))

const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

/** Arbitraries one after another. */
export const sequence = (...parts: readonly fc.Arbitrary<Uint8Array>[]): fc.Arbitrary<Uint8Array> =>
  fc.tuple(...parts).map(join)

export const listOf = (part: fc.Arbitrary<Uint8Array>, minLength = 0, maxLength = 4): fc.Arbitrary<Uint8Array> =>
  fc.array(part, { minLength, maxLength }).map(join)

/** Up to 255 octets behind their length. */
export const counted = (minLength = 0, maxLength = 255): fc.Arbitrary<Uint8Array> =>
  bytes(minLength, maxLength).map((array) => Uint8Array.of(array.length, ...array))

/** Names of any octets, with labels of every length. */
export const anyName: fc.Arbitrary<Uint8Array> = fc
  .array(fc.oneof(counted(1, 3), counted(1, 63)), { maxLength: 5 })
  .map((labels) => Uint8Array.of(...join(labels), 0))
  .filter((name) => name.length <= 255)
