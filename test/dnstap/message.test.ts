import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addressText } from '../../src/address.ts'
import { tapJson, tapText } from '../../src/cli/dnstaptext.ts'
import { decodeTap } from '../../src/dnstap/decode.ts'
import { SOCKET_PROTOCOL, TAP_TYPE, TapEncoder, type TapMessage } from '../../src/dnstap/message.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The frame's payload, from memory that had something else in it before. */
function written(message: TapMessage, { identity = 'ns1', version = 'v', extra = '' } = {}): Uint8Array {
  const encoder = new TapEncoder(encode(identity), encode(version))
  const size = encoder.measure(message, encode(extra))
  const memory = new Uint8Array(size + 20).fill(0xa5)
  encoder.write(message, memory, 10)
  expect([...memory.subarray(0, 10), ...memory.subarray(size + 10)].every((octet) => octet === 0xa5)).toBe(true)
  expect(new DataView(memory.buffer).getUint32(10)).toBe(size - 4)
  return memory.slice(14, size + 10)
}

const NOTHING: TapMessage = {
  type: TAP_TYPE.CLIENT_QUERY,
  protocol: SOCKET_PROTOCOL.udp,
  queryAddress: undefined,
  responseAddress: undefined,
  queryPort: 0,
  responsePort: 0,
  queryTime: 0,
  responseTime: 0,
  queryMessage: undefined,
  responseMessage: undefined,
}

it('writes what protobuf writes', () => {
  const message = { ...NOTHING, queryAddress: Uint8Array.of(192, 0, 2, 1), queryPort: 53, queryTime: 1_700_000_000_123 }
  expect(Buffer.from(written(message)).toString('hex')).toBe(
    // identity "ns1", version "v", type MESSAGE; the message: CLIENT_QUERY, INET, UDP, address, port, seconds, nanoseconds
    `0a036e7331 120176 7801 7219 0805 1001 1801 2204c0000201 3035 4080e2cfaa06 4dc0d45407`.replaceAll(' ', ''),
  )
})

it('leaves out what is not known', () => {
  expect(decodeTap(written(NOTHING, { identity: '', version: '' }))).toEqual({
    identity: '',
    version: '',
    type: 'CLIENT_QUERY',
    protocol: 'UDP',
  })
})

it('is read by a library of protobuf as it was meant', () => {
  const octets = (maxLength: number) => fc.option(fc.uint8Array({ minLength: 1, maxLength }), { nil: undefined })
  const length = fc.constantFrom(4, 16)
  const messages = fc.record({
    type: fc.constantFrom(...Object.values(TAP_TYPE)),
    protocol: fc.constantFrom(...Object.values(SOCKET_PROTOCOL)),
    queryAddress: length.chain((n) => fc.option(fc.uint8Array({ minLength: n, maxLength: n }), { nil: undefined })),
    responseAddress: length.chain((n) => fc.option(fc.uint8Array({ minLength: n, maxLength: n }), { nil: undefined })),
    queryPort: fc.nat(65_535),
    responsePort: fc.nat(65_535),
    // Whole milliseconds, to beyond 2^32 seconds.
    queryTime: fc.nat(5_000_000_000_000),
    responseTime: fc.nat(5_000_000_000_000),
    queryMessage: octets(70_000),
    responseMessage: octets(300),
  })
  fc.assert(
    fc.property(messages, fc.string(), fc.string({ maxLength: 200 }), (message, identity, extra) => {
      const read = decodeTap(written(message, { identity, extra }))
      expect(read).toEqual({
        identity: new TextDecoder().decode(encode(identity)),
        version: 'v',
        ...(extra && { extra: new TextDecoder().decode(encode(extra)) }),
        type: Object.entries(TAP_TYPE).find(([, code]) => code === message.type)![0],
        protocol: ['', 'UDP', 'TCP', 'DOT', 'DOH'][message.protocol],
        ...(message.queryAddress && { queryAddress: addressText(message.queryAddress) }),
        ...(message.responseAddress && { responseAddress: addressText(message.responseAddress) }),
        ...(message.queryPort && { queryPort: message.queryPort }),
        ...(message.responsePort && { responsePort: message.responsePort }),
        ...(message.queryTime && { queryTime: message.queryTime }),
        ...(message.responseTime && { responseTime: message.responseTime }),
        ...(message.queryMessage && { queryMessage: message.queryMessage }),
        ...(message.responseMessage && { responseMessage: message.responseMessage }),
      })
    }),
    { numRuns: 200 },
  )
})

it('what is no message is an error, or read as far as it goes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      try {
        const record = decodeTap(octets)
        expect(tapText(record)).not.toMatch(/\p{Cc}/u)
        JSON.parse(tapJson(record))
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        expect((error as Error).message).not.toMatch(/undefined|not a function/)
      }
    }),
    { numRuns: 500 },
  )
})

it('what was damaged on its way is printed without harm', () => {
  const message = { ...NOTHING, queryMessage: encode('\u001b[31m is no DNS message'), queryTime: 1_700_000_000_123 }
  const bytes = written(message, { extra: '\u001b]0;title\u0007' })
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, octet) => {
      const damaged = bytes.slice()
      damaged[at] = octet
      try {
        expect(tapText(decodeTap(damaged))).not.toMatch(/\p{Cc}/u)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        expect((error as Error).message).not.toMatch(/undefined|not a function|expected/)
      }
    }),
  )
})
