import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../../src/dns/error.ts'
import { optLength, padding, paddingFor, readOpt, writeOpt } from '../../src/dns/opt.ts'
import { bytes, hex, octets } from './arbitraries.ts'

const NSID = { code: 3, data: octets('6e73') }

it('writes an OPT record', () => {
  const out = new Uint8Array(40).fill(0xff)
  const end = writeOpt(out, 2, 1232, 0x123, 0, true, [NSID, { code: 65_001, data: new Uint8Array(0) }])
  expect(hex(out.subarray(2, end))).toBe(
    '00' + '0029' + '04d0' + '12' + '00' + '8000' + '000a' + '00030002' + '6e73fde90000',
  )
  expect(end - 2).toBe(optLength([NSID, { code: 65_001, data: new Uint8Array(0) }]))
})

it('reads what it wrote', () => {
  const option = fc.record({ code: fc.nat(0xffff), data: bytes(0, 20) })
  const edns = fc.record({
    udpSize: fc.integer({ min: 512, max: 0xffff }),
    version: fc.nat(255),
    dnssecOk: fc.boolean(),
    options: fc.array(option, { maxLength: 6 }),
  })
  fc.assert(
    fc.property(edns, fc.nat(9), ({ udpSize, version, dnssecOk, options }, at) => {
      const out = new Uint8Array(300)
      const end = writeOpt(out, at, udpSize, 0, version, dnssecOk, options)
      const read = readOpt(out.subarray(0, end), at + 1)
      expect({ ...read, options: read.options }).toEqual({ udpSize, version, dnssecOk, options })
      expect(() => readOpt(out.subarray(0, end - 1), at + 1)).toThrow(WireError)
    }),
  )
})

it('cuts its options out once, into memory of their own', () => {
  const message = octets('0029 1000 00000000 0006 000a 0002 0102')
  const read = readOpt(message, 0)
  const { options } = read
  message.fill(0xff)
  expect(read.options).toBe(options)
  expect(options).toEqual([{ code: 10, data: octets('0102') }])
})

describe('padding', () => {
  it.each([
    // length without, block, limit, padding's octets
    [100, 468, 65_535, 468 - 104],
    [464, 468, 65_535, 0],
    [465, 468, 65_535, 468 + 468 - 469],
    [468, 468, 65_535, 468 + 468 - 472],
    [60, 128, 65_535, 64],
    [65_100, 468, 65_535, 65_520 - 65_104],
    [65_520, 468, 65_535, 65_535 - 65_524],
    [65_531, 468, 65_535, 0],
    [65_532, 468, 65_535, -1],
  ])('%i octets to blocks of %i within %i', (length, block, limit, expected) => {
    expect(paddingFor(length, block, limit)).toBe(expected)
  })

  it('is zeros', () => {
    expect(padding(3)).toEqual({ code: 12, data: octets('000000') })
  })
})
