import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireError } from '../../src/dns/error.ts'
import { nameText } from '../../src/dns/name.ts'
import { readCompressedName, skipName } from '../../src/dns/wirename.ts'
import { anyName, bytes, octets } from './arbitraries.ts'

describe('readCompressedName', () => {
  test.each([
    ['00', 0, '.', 1],
    ['0161 0162 00', 0, 'a.b.', 5],
    ['0162 00 0161 c000 ff', 3, 'a.b.', 7],
    ['00 0163 c000 0162 c001 0161 c005', 9, 'a.b.c.', 13],
    ['ff 0162 00 c001', 4, 'b.', 6],
  ])('%s at %d', (message, offset, text, next) => {
    const read = readCompressedName(octets(message), offset)
    expect([nameText(read.name), read.next]).toEqual([text, next])
    expect(skipName(octets(message), offset)).toBe(next)
  })

  test.each([
    ['', 0, 'name runs past the message'],
    ['00', 1, 'name runs past the message'],
    ['0161', 0, 'name runs past the message'],
    ['0261', 0, 'name runs past the message'],
    ['00c0', 1, 'name runs past the message'],
    ['c000', 0, 'compression pointer does not point backwards'],
    ['c002 00', 0, 'compression pointer does not point backwards'],
    // Two pointers at each other, and one into the labels before itself.
    ['c002 c000', 2, 'compression pointer does not point backwards'],
    ['0161 c000', 0, 'compression pointer does not point backwards'],
    ['0161 c000 c000', 4, 'compression pointer does not point backwards'],
    [`40${'61'.repeat(64)}00`, 0, 'label of a reserved type'],
    [`80${'61'.repeat(128)}00`, 0, 'label of a reserved type'],
    [`${'0161'.repeat(128)}00`, 0, 'name is longer than 255 octets'],
    [`${'0161'.repeat(120)}00 ${'0161'.repeat(10)}c000`, 241, 'name is longer than 255 octets'],
  ])('refuses %s at %d', (message, offset, reason) => {
    expect(() => readCompressedName(octets(message), offset)).toThrow(WireError)
    expect(() => readCompressedName(octets(message), offset)).toThrow(reason)
  })

  test('takes a name of 255 octets', () => {
    expect(readCompressedName(octets(`${'0161'.repeat(127)}00`), 0).name).toHaveLength(255)
  })

  test('follows no more pointers than a name can have labels', () => {
    const chain = (pointers: number): Uint8Array => {
      const message = new Uint8Array(1 + 2 * pointers)
      for (let i = 0; i < pointers; i++) message.set([0xc0, i === 0 ? 0 : (2 * i - 1) & 255], 1 + 2 * i)
      return message
    }
    expect(readCompressedName(chain(127), 253)).toEqual({ name: Uint8Array.of(0), next: 255 })
    expect(() => readCompressedName(chain(128), 255)).toThrow('name has too many compression pointers')
  })

  test('gives a copy', () => {
    const message = octets('016100')
    const { name } = readCompressedName(message, 0)
    message[1] = 0x62
    expect(nameText(name)).toBe('a.')
  })

  test('reads any name back, wherever it is cut into a pointer', () => {
    fc.assert(
      fc.property(anyName, anyName, fc.nat(), (name, before, cut) => {
        const starts = [0]
        for (let at = 0; name[at] !== 0; at += name[at] + 1) starts.push(at + name[at] + 1)
        const split = starts[cut % starts.length]
        const target = before.length
        const message = Uint8Array.of(
          ...before,
          ...name.subarray(split),
          ...name.subarray(0, split),
          0xc0 | (target >> 8),
          target & 255,
        )
        const offset = before.length + name.length - split
        expect(readCompressedName(message, offset)).toEqual({ name, next: message.length })
      }),
    )
  })

  test('ends on any octets, with a name or a WireError', () => {
    const pointers = fc.array(fc.constantFrom(0, 1, 2, 63, 64, 192, 193, 255), { maxLength: 600 })
    fc.assert(
      fc.property(
        fc.oneof(
          bytes(0, 600),
          pointers.map((array) => Uint8Array.from(array)),
        ),
        fc.nat(600),
        (message, at) => {
          try {
            const { name, next } = readCompressedName(message, at)
            expect(name.length).toBeLessThanOrEqual(255)
            expect(next).toBeLessThanOrEqual(message.length)
          } catch (error) {
            expect(error).toBeInstanceOf(WireError)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})
