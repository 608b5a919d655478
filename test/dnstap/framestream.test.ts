import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { CONTENT_TYPE, CONTROL, controlFrame, type Frame, FrameStreamReader } from '../../src/dnstap/framestream.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

/** What comes out of these octets, put in as pieces of so many. */
function read(octets: Uint8Array, piece = octets.length): Frame[] {
  const reader = new FrameStreamReader()
  const frames: Frame[] = []
  for (let at = 0; at < octets.length; at += piece)
    for (const frame of reader.push(octets.subarray(at, at + piece)))
      frames.push('data' in frame ? { data: Uint8Array.from(frame.data) } : frame)
  return frames
}

const DNSTAP = Buffer.from(CONTENT_TYPE).toString('hex')

test.each([
  ['READY', CONTROL.READY, CONTENT_TYPE, `00000000 00000022 00000004 00000001 00000016 ${DNSTAP}`],
  ['START', CONTROL.START, CONTENT_TYPE, `00000000 00000022 00000002 00000001 00000016 ${DNSTAP}`],
  ['STOP', CONTROL.STOP, undefined, '00000000 00000004 00000003'],
])('%s is written so that fstrm reads it, and read', (_, type, contentType, octets) => {
  expect(Buffer.from(controlFrame(type, contentType))).toEqual(Buffer.from(hex(octets)))
  expect(read(hex(octets))).toEqual([{ control: { type, contentTypes: contentType ? [contentType] : [] } }])
})

it('puts frames together however they are cut', () => {
  const stream = Buffer.concat([
    controlFrame(CONTROL.START, CONTENT_TYPE),
    hex('00000003 010203'),
    hex('00000001 ff'),
    controlFrame(CONTROL.STOP),
  ])
  const whole = read(stream)
  expect(whole).toHaveLength(4)
  for (let piece = 1; piece < stream.length; piece++) expect(read(stream, piece)).toEqual(whole)
})

it('reads over fields that it does not know', () => {
  expect(read(hex('00000000 00000010 00000001 00000009 00000004 aabbccdd'))).toEqual([
    { control: { type: CONTROL.ACCEPT, contentTypes: [] } },
  ])
})

describe('refuses', () => {
  test.each([
    ['a frame that is too long', 'ffffffff', 'a frame of 4294967295 octets: this is no dnstap'],
    ['a control frame that is too long', '00000000 00000201', 'a control frame of 513 octets'],
    ['a control frame without a type', '00000000 00000002 0001', 'without a type'],
    ['a field cut short', '00000000 00000008 00000004 00000001', 'ends within a field'],
    ['a field longer than its frame', '00000000 0000000c 00000004 00000001 00000001', 'longer than its control frame'],
  ])('%s', (_, octets, message) => {
    expect(() => read(hex(octets))).toThrow(message)
  })

  it('or reads anything at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (octets, piece) => {
        try {
          read(octets, piece)
        } catch (error) {
          expect((error as { code?: string }).code).toBe('FRAMESTREAM')
        }
      }),
    )
  })
})
