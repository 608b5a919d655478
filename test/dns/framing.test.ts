import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader, frame } from '../../src/dns/framing.ts'

const octets = (...values: number[]): Uint8Array => Uint8Array.of(...values)
const message = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill)

function readAll(reader: FrameReader): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let next = reader.next(); next; next = reader.next()) messages.push(next)
  return messages
}

describe('frame', () => {
  it('puts the length in front', () => {
    expect(frame(message(300)).subarray(0, 3)).toEqual(octets(1, 44, 7))
    expect(frame(message(65_535))).toHaveLength(65_537)
  })

  it('refuses what no length fits', () => {
    expect(() => frame(message(65_536))).toThrow(RangeError)
  })
})

describe('FrameReader', () => {
  it('gives back any messages, however the stream is cut', () => {
    const messages = fc.array(fc.uint8Array({ minLength: 12, maxLength: 1500 }), { maxLength: 6 })
    const cuts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 })
    fc.assert(
      fc.property(messages, cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.map(frame))
        const reader = new FrameReader()
        const received: Uint8Array[] = []
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]
          reader.push(new Uint8Array(stream.subarray(at, at + size)))
          received.push(...readAll(reader))
          at += size
        }
        expect(received).toEqual(sent)
        expect(reader.partial).toBe(false)
      }),
    )
  })

  it('takes more while messages are still to be read', () => {
    const reader = new FrameReader()
    const two = Buffer.concat([frame(message(20, 1)), frame(message(30, 2))])
    reader.push(new Uint8Array(two))
    expect(reader.next()).toEqual(message(20, 1))
    reader.push(frame(message(40, 3)))
    expect(readAll(reader)).toEqual([message(30, 2), message(40, 3)])
  })

  it('gives messages that do not share memory with what was pushed', () => {
    const reader = new FrameReader()
    const chunk = frame(message(20))
    reader.push(chunk)
    const read = reader.next()!
    chunk.fill(0)
    expect(read).toEqual(message(20))
    // Small ones lie together in pieces: who keeps one keeps no more than that.
    expect(read.buffer.byteLength).toBeLessThanOrEqual(4096)
    reader.push(frame(message(2000)))
    expect(reader.next()!.buffer.byteLength).toBe(2000)
  })

  it.each([0, 1, 11])('is broken by a length of %i', (length) => {
    const reader = new FrameReader()
    reader.push(octets(0, length, 1, 2, 3))
    expect(reader.next()).toBeUndefined()
    expect(reader.broken).toBe(true)
    reader.push(frame(message(12)))
    expect(reader.next()).toBeUndefined()
  })

  it('tells whether a message is half here', () => {
    const reader = new FrameReader()
    expect(reader.partial).toBe(false)
    for (const octet of frame(message(12)).subarray(0, 13)) {
      reader.push(octets(octet))
      expect(reader.next()).toBeUndefined()
      expect(reader.partial).toBe(true)
    }
    reader.push(octets(7))
    expect(reader.next()).toEqual(message(12))
    expect(reader.partial).toBe(false)
  })

  it('reads the longest message octet by octet in no time', () => {
    const reader = new FrameReader()
    const stream = frame(message(65_535))
    const start = performance.now()
    let read: Uint8Array | undefined
    for (let i = 0; i < stream.length; i++) {
      reader.push(stream.subarray(i, i + 1))
      read = reader.next()
    }
    expect(read).toEqual(message(65_535))
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
