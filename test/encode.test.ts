import { describe, expect, it } from 'vitest'
import { FLAG, RCODE, TYPE } from '../src/dns/constants.ts'
import { EDE, extendedError, OPTION } from '../src/dns/edns.ts'
import { readMessage } from '../src/dns/message.ts'
import { rcodeName } from '../src/dns/rdata/registry.ts'
import { encodeFault, encodeSequence } from '../src/encode.ts'
import type { Transport } from '../src/query.ts'
import { Reply, type ReplyParts } from '../src/reply.ts'
import { octets } from './dns/arbitraries.ts'
import { type Asked, addresses, filler, NO_CAP, OPT, QUESTION, query, send } from './sent.ts'

/** An address of the name asked for. */
const ADDRESS = 16

describe('header', () => {
  it.each([
    ['RD and CD are the query’s', FLAG.RD | FLAG.CD, {}, 'rd cd'],
    ['and so is their absence', 0, {}, ''],
    ['AA, TC, RA and AD are not', FLAG.AA | FLAG.TC | FLAG.RA | FLAG.AD, {}, ''],
    ['AA', 0, { aa: true }, 'aa'],
    ['RA', 0, { ra: true }, 'ra'],
    ['TC', 0, { tc: true }, 'tc'],
    ['AD for those who ask by AD (RFC 6840 §5.7)', FLAG.AD, { ad: true }, 'ad'],
    ['AD for nobody else', 0, { ad: true }, ''],
    ['RD where a plugin says so', 0, { rd: true }, 'rd'],
    ['no RD where a plugin says so', FLAG.RD, { rd: false }, ''],
  ])('%s', (_, flags, parts, expected) => {
    expect(send({ flags }, parts).flags).toBe(expected)
  })

  it('AD for those who ask by DO', () => {
    expect(send({ flags: 0, edns: { dnssecOk: true } }, { ad: true }).flags).toBe('ad')
  })

  it('is a response with the query’s id', () => {
    const { message } = send({}, {})
    expect(message.flags & FLAG.QR).toBe(FLAG.QR)
    expect(message.id).toBe(0x1234)
  })
})

describe('RCODE', () => {
  it('has its upper bits in the OPT record', () => {
    expect(rcodeName(send({ edns: {} }, { rcode: RCODE.BADVERS }).message.rcode)).toBe('BADVERS')
    expect(send({ edns: {} }, { rcode: 0xabc }).message.rcode).toBe(0xabc)
  })

  it('is SERVFAIL where there is none for them', () => {
    expect(rcodeName(send({}, { rcode: RCODE.BADVERS }).message.rcode)).toBe('SERVFAIL')
    expect(rcodeName(send({}, { rcode: RCODE.NXDOMAIN }).message.rcode)).toBe('NXDOMAIN')
  })
})

describe('OPT', () => {
  it('comes where one came', () => {
    expect(send({}, {}).message.edns).toBeUndefined()
    expect(send({ edns: {} }, {}).message.edns).toMatchObject({ version: 0, udpSize: 1232, dnssecOk: false })
  })

  it('comes where a user’s configuration wants it', () => {
    expect(send({}, { opt: true }).message.edns).toMatchObject({ udpSize: 1232 })
    expect(send({}, { opt: true, rcode: RCODE.BADVERS }).message.rcode).toBe(RCODE.BADVERS)
  })

  it('has DO and nothing else of the flags', () => {
    expect(send({ edns: { dnssecOk: true } }, {}).message.edns).toMatchObject({ dnssecOk: true })
  })

  it.each([
    [512, NO_CAP, 1232],
    [1232, NO_CAP, 1232],
    [4096, NO_CAP, 4096],
    [65_535, NO_CAP, 65_535],
    [4096, 512, 512],
    [512, 600, 600],
  ])('says for a client of %i octets and a cap of %i: %i', (udpSize, cap, expected) => {
    expect(send({ edns: { udpSize } }, {}, cap).message.edns!.udpSize).toBe(expected)
  })

  it('does not send the client’s options back', () => {
    const options = [{ code: OPTION.COOKIE, data: new Uint8Array(8) }]
    expect(send({ edns: { options } }, {}).message.edns!.options).toEqual([])
  })

  it('has the reply’s options and the block’s', () => {
    const nsid = { code: OPTION.NSID, data: octets('6e73') }
    const ede = extendedError(EDE.BLOCKED, 'no')
    expect(send({ edns: {} }, { options: [ede] }, NO_CAP, [nsid]).message.edns!.options).toEqual([ede, nsid])
    expect(send({}, { options: [ede] }, NO_CAP, [nsid]).message.edns).toBeUndefined()
  })
})

describe('over UDP', () => {
  /** How many addresses go into so many octets beside header and question. */
  const roomFor = (octets: number): number => Math.floor((octets - QUESTION) / ADDRESS)

  it.each<[string, Asked, number, number]>([
    ['512 octets without EDNS', {}, NO_CAP, roomFor(512)],
    ['512 octets where the client says less', { edns: { udpSize: 100 } }, NO_CAP, roomFor(512 - OPT)],
    ['what the client says', { edns: { udpSize: 1232 } }, NO_CAP, roomFor(1232 - OPT)],
    ['at most the cap', { edns: { udpSize: 4096 } }, 1400, roomFor(1400 - OPT)],
    ['at most what UDP carries', { edns: { udpSize: 65_535 } }, NO_CAP, roomFor(65_507 - OPT)],
  ])('%s', (_, asked, cap, most) => {
    const full = send(asked, { aa: true, answer: [addresses('www.example.org.', most)] }, cap)
    expect([full.answer.length, full.flags]).toEqual([most, 'aa rd'])
    const over = send(asked, { aa: true, answer: [addresses('www.example.org.', most + 1)] }, cap)
    expect([over.answer.length, over.flags]).toEqual([0, 'aa tc rd'])
  })

  it('no cap and no TC over others', () => {
    for (const transport of ['tcp', 'tls', 'https'] as const) {
      const { answer, flags } = send({ transport }, { answer: [addresses('www.example.org.', 2000)] }, 512)
      expect([answer.length, flags]).toEqual([2000, 'rd'])
    }
  })

  it('64 KB and TC are the end over others', () => {
    const most = roomFor(65_535)
    const full = send({ transport: 'tcp' }, { answer: [addresses('www.example.org.', most)] })
    expect([full.answer.length, full.flags]).toEqual([most, 'rd'])
    for (const count of [most + 1, 100_000]) {
      const over = send({ transport: 'tcp' }, { answer: [addresses('www.example.org.', count)] })
      expect([over.answer.length, over.flags]).toEqual([0, 'tc rd'])
    }
  })

  it('has room for the longest question and an OPT record', () => {
    const name = `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(61)}.`
    const { message, size } = send({ name, edns: {} }, { rcode: RCODE.REFUSED, answer: [filler(name, 300)] })
    expect(size).toBe(12 + 255 + 4 + OPT)
    expect(rcodeName(message.rcode)).toBe('REFUSED')
  })
})

describe('options that do not fit', () => {
  const long = extendedError(EDE.OTHER, 'x'.repeat(300))
  const nsid = { code: OPTION.NSID, data: new Uint8Array(16) }

  it('are extended errors: data goes first, and TC tells', () => {
    const { answer, flags, message, size } = send(
      { edns: {} },
      { answer: [filler('www.example.org.', 200)], options: [long, nsid] },
    )
    expect([answer.length, flags]).toEqual([1, 'tc rd'])
    expect(message.edns!.options).toEqual([nsid])
    expect(size).toBeLessThanOrEqual(512)
  })

  it('stay where all fit', () => {
    const { flags, message } = send({ edns: {} }, { answer: [filler('www.example.org.', 50)], options: [long] })
    expect(flags).toBe('rd')
    expect(message.edns!.options).toEqual([long])
  })

  it('are left out beside the question alone', () => {
    const name = `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(61)}.`
    const { message, size } = send({ name, edns: {} }, { options: [long, nsid] })
    expect(message.edns!.options).toEqual([nsid])
    expect(size).toBe(12 + 255 + 4 + OPT + 20)
  })

  it('may be of any size and number', () => {
    const many = Array.from({ length: 20_000 }, () => nsid)
    const huge = { code: OPTION.NSID, data: new Uint8Array(70_000) }
    for (const transport of ['udp', 'tcp'] as const) {
      const { size, message } = send({ transport, edns: {} }, { options: [huge, ...many] })
      expect(size).toBeLessThanOrEqual(transport === 'udp' ? 512 : 65_535)
      expect(message.edns!.options.length).toBeGreaterThan(10)
    }
  })
})

describe('padding', () => {
  const asked = (transport: Transport, size = 4): Asked => ({
    transport,
    edns: { options: [{ code: OPTION.PADDING, data: new Uint8Array(size) }] },
  })

  it.each([
    ['tls', 1, 468],
    ['https', 1, 468],
    ['tls', 40, 936],
    ['tls', 4092, 65_520],
  ] as const)('over %s, %i addresses: %i octets', (transport, count, expected) => {
    expect(send(asked(transport), { answer: [addresses('www.example.org.', count)] }).size).toBe(expected)
  })

  it('not in clear, and not where the query had none', () => {
    expect(send(asked('udp'), {}).message.edns!.options).toEqual([])
    expect(send(asked('tcp'), {}).message.edns!.options).toEqual([])
    expect(send({ transport: 'tls', edns: {} }, {}).message.edns!.options).toEqual([])
    expect(send({ transport: 'tls' }, {}).message.edns).toBeUndefined()
  })

  it('not where it would not fit', () => {
    // 4 octets for the option and none to spare.
    const room = 65_535 - QUESTION - OPT - 12
    expect(send(asked('tls'), { answer: [filler('www.example.org.', room - 4)] }).size).toBe(65_535)
    const full = send(asked('tls'), { answer: [filler('www.example.org.', room - 3)] })
    expect([full.size, full.message.edns!.options]).toEqual([65_532, []])
    expect(send(asked('tls'), { answer: [filler('www.example.org.', room - 10)] }).size).toBe(65_535)
  })
})

describe('a transfer of several messages', () => {
  const transfer: Asked = { name: 'example.org.', type: TYPE.AXFR, transport: 'tcp' }
  const parts = (counts: readonly number[]): ReplyParts => {
    const [answer, ...following] = counts.map((count) => [addresses('a.example.org.', count)])
    return { aa: true, answer, following }
  }
  const sizes = (counts: readonly number[]): number[] =>
    [...encodeSequence(query(transfer), new Reply(parts(counts)), [])].map((wire) => readMessage(wire).answer[0].size)

  it('is all of them over a stream', () => {
    expect(sizes([3, 4000, 1])).toEqual([3, 4000, 1])
  })

  it('ends with a throw where one does not fit', () => {
    expect(() => sizes([3, 5000, 1])).toThrow('the reply does not fit its messages')
  })

  it('is the first with TC elsewhere', () => {
    const { answer, flags } = send(transfer, parts([3, 1]))
    expect([answer.length, flags]).toEqual([3, 'aa tc rd'])
  })
})

describe('a message that is no query', () => {
  const WWW = '03777777 076578616d706c65 036f7267 00 0001 0001'
  const fault = (message: string): Uint8Array => encodeFault(octets(message.replaceAll(/\s/g, '')), RCODE.FORMERR)

  it('gets a header of its own id, opcode and RD', () => {
    expect(fault('1234 7d00 0000 0000 0000 0000')).toEqual(octets('1234 f901 0000 0000 0000 0000'))
    expect(fault('0000 2800 0003 0000 0000 0000')).toEqual(octets('0000 a801 0000 0000 0000 0000'))
  })

  it('gets its question back where that can be read', () => {
    const sent = fault(`1234 0110 0001 0000 0000 0001 ${WWW}`)
    expect(sent).toEqual(octets(`1234 8111 0001 0000 0000 0000 ${WWW}`))
  })

  it('gets an OPT record for an OPT record (RFC 6891 §6.1.1)', () => {
    const sent = fault('1234 0100 0000 0000 0000 0001 00 0029 1000 0000 8000 0000')
    expect(sent).toEqual(octets('1234 8101 0000 0000 0000 0001 00 0029 04d0 0000 8000 0000'))
    const both = fault(`1234 0100 0001 0000 0000 0002 ${WWW} 00 0029 1000 00000000 0000 00 0029 1000 00000000 0000`)
    expect(both).toEqual(octets(`1234 8101 0001 0000 0000 0000 ${WWW}`))
  })
})
