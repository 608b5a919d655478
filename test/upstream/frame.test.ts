import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FrameReader, frames } from '../../src/upstream/frame.ts'

const message = fc.uint8Array({ maxLength: 300 })

it('gives back what was framed, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 20 }), (messages, cuts) => {
      const stream = frames(messages)
      const reader = new FrameReader()
      const got: Uint8Array[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        // The reader must not keep what it was handed: sockets use their buffers again.
        const chunk = stream.slice(at, at + cut)
        got.push(...reader.push(chunk).map((octets) => octets.slice()))
        chunk.fill(0xee)
        at += cut
      }
      expect(got).toEqual(messages)
    }),
  )
})

it('keeps one unfinished message at most', () => {
  const reader = new FrameReader()
  expect(reader.push(Uint8Array.of(0))).toEqual([])
  expect(reader.push(Uint8Array.of(3, 1))).toEqual([])
  expect(reader.push(Uint8Array.of(2, 3, 0, 1, 9, 0))).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(9)])
})
