import { describe, expect, it } from 'vitest'
import { FLAG, RCODE, TYPE } from '../src/dns/constants.ts'
import { EDE, type Edns, type EdnsOption, extendedError, OPTION } from '../src/dns/edns.ts'
import { type Message, readMessage } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'
import { parseRecords, recordTexts } from '../src/dns/presentation.ts'
import { rcodeName } from '../src/dns/rdata/registry.ts'
import { RRset } from '../src/dns/rrset.ts'
import { encodeFault, encodeReply, encodeSequence } from '../src/encode.ts'
import { type Peer, Query, type Transport } from '../src/query.ts'
import { Reply, type ReplyParts } from '../src/reply.ts'
import { octets } from './dns/arbitraries.ts'

const NO_CAP = 65_535
const PEER: Omit<Peer, 'transport'> = { address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 53 }

interface Asked {
  name?: string
  type?: number
  flags?: number
  transport?: Transport
  edns?: Partial<Edns>
}

function query({ name = 'www.example.org.', type = TYPE.A, flags = FLAG.RD, transport = 'udp', edns }: Asked): Query {
  const full = edns && { version: 0, udpSize: 512, dnssecOk: false, options: [], ...edns }
  return new Query(parseName(name), type, 1, 0x1234, flags, full, { ...PEER, transport }, 33)
}

interface Sent {
  readonly message: Message
  readonly size: number
  readonly flags: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

function send(asked: Asked, parts: ReplyParts, cap = NO_CAP, extra: readonly EdnsOption[] = []): Sent {
  const wire = encodeReply(query(asked), new Reply(parts), cap, extra)
  const message = readMessage(wire)
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  const { answer, authority, additional } = message
  const all = { answer: texts(answer), authority: texts(authority), additional: texts(additional) }
  return { message, size: wire.length, flags: flagsText(message.flags), ...all }
}

const NAMES = ['AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const
const flagsText = (flags: number): string =>
  NAMES.filter((name) => flags & FLAG[name])
    .join(' ')
    .toLowerCase()

const records = (text: string): RRset[] => parseRecords(text)
const filler = (owner: string, octets: number): RRset =>
  RRset.of(parseName(owner), 65_280, 60, [new Uint8Array(octets)])
const addresses = (owner: string, count: number): RRset =>
  RRset.of(
    parseName(owner),
    TYPE.A,
    60,
    Array.from({ length: count }, (_, i) => Uint8Array.of(10, i >> 16, i >> 8, i)),
  )

/** Header, question, and an address that is pointed to. */
const QUESTION = 12 + 21
const ADDRESS = 16
const OPT = 11

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
    ['512 octets where the client says less', { edns: { udpSize: 512 } }, NO_CAP, roomFor(512 - OPT)],
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

describe('what may be left out without TC', () => {
  const www = records('www.example.org. 60 IN A 192.0.2.1')
  const servers = records('example.org. 60 IN NS ns1.example.org.\nexample.org. 60 IN NS ns2.example.org.')
  const glue = (owner: string): RRset[] => records(`${owner} 60 IN A 192.0.2.1\n${owner} 60 IN AAAA 2001:db8::1`)
  /** Leaves this many octets behind the question. */
  const filled = (left: number, parts: ReplyParts): Sent =>
    send({}, { ...parts, answer: [...(parts.answer ?? []), filler('x.', 512 - QUESTION - 13 - left)] })

  it('name servers beside an answer (RFC 2181 §9)', () => {
    const { authority, flags } = filled(20, { authority: servers })
    expect([authority, flags]).toEqual([[], 'rd'])
    expect(filled(40, { authority: servers }).authority).toHaveLength(2)
  })

  it('not those of a referral', () => {
    const target = (i: number): string => `${`${i}${'a'.repeat(60)}.`.repeat(2)}test.`
    const authority = parseRecords(Array.from({ length: 4 }, (_, i) => `org. 60 IN NS ${target(i)}`).join('\n'))
    expect(send({}, { authority }).flags).toBe('tc rd')
  })

  it('not the SOA of a denial', () => {
    const soa = records(
      `example.org. 60 IN SOA ${`${'m'.repeat(60)}.`.repeat(4)} ${`${'r'.repeat(60)}.`.repeat(4)} 1 2 3 4 5`,
    )
    const { authority, flags, message } = send({}, { rcode: RCODE.NXDOMAIN, authority: soa })
    expect([authority, flags, rcodeName(message.rcode)]).toEqual([[], 'tc rd', 'NXDOMAIN'])
  })

  it('not proofs beside an answer, which go before name servers (RFC 4035 §3.1.3.3)', () => {
    const proof = records('a.example.org. 60 IN NSEC b.example.org. A')
    const size = 12 + 2 + 'b.example.org'.length + 2 + 3
    const { authority, flags } = filled(size, { authority: [...servers, ...proof] })
    expect([authority, flags]).toEqual([proof.flatMap(recordTexts), 'rd'])
    expect(filled(size - 3, { authority: [...servers, ...proof] }).flags).toBe('tc rd')
  })

  it('additional records', () => {
    const { additional, flags } = filled(20, { additional: glue('www.example.org.') })
    expect([additional, flags]).toEqual([['www.example.org. 60 IN A 192.0.2.1'], 'rd'])
  })

  it('but nothing behind the first that does not fit', () => {
    const { additional } = filled(60, { additional: [...www, filler('y.', 50), ...www] })
    expect(additional).toHaveLength(1)
  })

  it('not the addresses of servers in the child zone (RFC 9471 §3.1)', () => {
    const authority = records('child.example.org. 60 IN NS ns.child.example.org.')
    const fill = (left: number): RRset => filler('ns.child.example.org.', 512 - QUESTION - 23 - 12 - left)
    const referred = (left: number): Sent =>
      send({}, { authority, additional: [fill(left), ...glue('ns.child.example.org.')] })
    expect([referred(44).additional.length, referred(44).flags]).toEqual([3, 'rd'])
    expect([referred(43).additional.length, referred(43).flags]).toEqual([2, 'tc rd'])
  })

  it('those of servers elsewhere are left out, and go behind (RFC 9471 §3.2)', () => {
    const authority = records(
      'child.example.org. 60 IN NS ns.child.example.org.\nchild.example.org. 60 IN NS ns.sister.example.org.',
    )
    const additional = [...glue('ns.sister.example.org.'), filler('ns.child.example.org.', 390)]
    const sent = send({}, { authority, additional })
    expect(sent.flags).toBe('rd')
    expect(sent.additional).toHaveLength(2)
    expect(sent.additional[0]).toMatch(/^ns\.child\.example\.org\. 60 IN TYPE65280/)
    expect(sent.additional[1]).toBe('ns.sister.example.org. 60 IN A 192.0.2.1')
  })
})

describe('signatures', () => {
  const signature = (covered: string, owner: string): string =>
    `${owner} 60 IN RRSIG ${covered} 13 3 60 20370101000000 20200101000000 12345 example.org. ${'A'.repeat(86)}==`
  const signed = records(`www.example.org. 60 IN A 192.0.2.1\n${signature('A', 'www.example.org.')}`)

  it('go with what they sign', () => {
    for (let left = 0; left <= 140; left += 4) {
      const room = 512 - QUESTION - OPT - 13 - left
      const reply = { answer: [filler('x.', room), ...signed] }
      const { answer, flags } = send({ edns: { dnssecOk: true } }, reply)
      expect([answer.length, flags]).toEqual(left < 122 ? [1, 'tc rd'] : [3, 'rd'])
    }
  })

  it('in the additional section too, without TC', () => {
    for (let left = 0; left <= 140; left += 4) {
      const room = 512 - QUESTION - OPT - 13 - left
      const { additional, flags } = send(
        { edns: { dnssecOk: true } },
        { answer: [filler('x.', room)], additional: signed },
      )
      expect([additional.length, flags]).toEqual([left < 122 ? 0 : 2, 'rd'])
    }
  })

  it('of name servers too', () => {
    const servers = records(`example.org. 60 IN NS ns.example.org.\n${signature('NS', 'example.org.')}`)
    for (let left = 0; left <= 140; left += 4) {
      const room = 512 - QUESTION - OPT - 13 - left
      const { authority, flags } = send(
        { edns: { dnssecOk: true } },
        { answer: [filler('x.', room)], authority: servers },
      )
      expect([authority.length, flags]).toEqual([left < 123 ? 0 : 2, 'rd'])
    }
  })

  it('with several sets of them', () => {
    const twice = [...signed, signed[1]]
    const room = 512 - QUESTION - OPT - 13 - 150
    const { answer, flags } = send({ edns: { dnssecOk: true } }, { answer: [filler('x.', room), ...twice] })
    expect([answer.length, flags]).toEqual([1, 'tc rd'])
  })

  it('stand alone where they were asked for', () => {
    const [, rrsig] = signed
    expect(send({ type: TYPE.RRSIG }, { answer: [rrsig] }).answer).toHaveLength(1)
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
