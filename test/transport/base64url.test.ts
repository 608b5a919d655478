import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBase64url } from '../../src/transport/base64url.ts'

it('reads what Node writes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      expect(decodeBase64url(Buffer.from(octets).toString('base64url'))).toEqual(octets)
    }),
  )
})

it.each([
  ['padding', 'AAA='],
  ['padding of two', 'AA=='],
  ['a + of plain base64', 'AA+A'],
  ['a / of plain base64', 'AA/A'],
  ['a length that no octets have', 'AAAAA'],
  ['white space', 'AA AA'],
  ['a line end', 'AAA\n'],
  ['a letter beyond Latin-1', 'AAAĀ'],
])('refuses %s', (_, text) => {
  expect(decodeBase64url(text)).toBeUndefined()
})
