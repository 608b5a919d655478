import { describe, expect, it } from 'vitest'
import { FLAG, TYPE } from '../../src/dns/constants.ts'
import { readMessage } from '../../src/dns/message.ts'
import { MessageWriter, SECTION } from '../../src/dns/messagewriter.ts'
import { parseName } from '../../src/dns/name.ts'
import { parseRecords, recordTexts } from '../../src/dns/presentation.ts'
import { RRset } from '../../src/dns/rrset.ts'
import { hex, octets } from './arbitraries.ts'

const WWW = parseName('www.example.org.')
/** Header and question. */
const START = 12 + 21

function started(size = 65_535, question = WWW, keepCase = false): MessageWriter {
  const writer = new MessageWriter()
  writer.begin(size, question, TYPE.A, 1, keepCase)
  return writer
}

const one = (text: string): RRset => parseRecords(text)[0]
const answers = (wire: Uint8Array): string[] => readMessage(wire).answer.flatMap(recordTexts)

/** A set of `count` addresses. */
function addresses(owner: string, count: number): RRset {
  const rdata = Array.from({ length: count }, (_, i) => Uint8Array.of(10, i >> 16, i >> 8, i))
  return RRset.of(parseName(owner), TYPE.A, 60, rdata)
}

it('writes header, question and records', () => {
  const writer = started()
  expect(writer.rrset(SECTION.ANSWER, one('www.example.org. 300 IN A 192.0.2.1'))).toBe(true)
  expect(writer.length).toBe(START + 16)
  expect(hex(writer.finish(0x1234, FLAG.QR | FLAG.AA))).toBe(
    hex(
      octets(
        '1234 8400 0001 0001 0000 0000 03777777 076578616d706c65 036f7267 00 0001 0001 c00c 0001 0001 0000012c 0004 c0000201',
      ),
    ),
  )
})

it('counts records by section, the OPT record too', () => {
  const writer = started()
  const sets = parseRecords('a.org. 1 IN A 192.0.2.1\na.org. 1 IN A 192.0.2.2\nb.org. 1 IN TXT x')
  for (const set of sets) writer.rrset(SECTION.ANSWER, set)
  writer.rrset(SECTION.AUTHORITY, sets[1])
  writer.rrset(SECTION.ADDITIONAL, sets[0])
  writer.opt(1232, 16, 0, true, [])
  const wire = writer.finish(1, FLAG.QR)
  expect(hex(wire.subarray(4, 12))).toBe(hex(octets('0001 0003 0001 0003')))
  expect(readMessage(wire)).toMatchObject({ rcode: 16, edns: { udpSize: 1232, dnssecOk: true } })
})

describe('owners', () => {
  it('of a set are written once', () => {
    const writer = started()
    writer.rrset(SECTION.ANSWER, addresses('mail.example.net.', 3))
    writer.rrset(SECTION.ANSWER, addresses('mail.example.net.', 2))
    expect(writer.length).toBe(START + 18 + 5 * 14 + 4 * 2)
    expect(answers(writer.finish(1, 0))).toEqual([0, 1, 2, 0, 1].map((n) => `mail.example.net. 60 IN A 10.0.0.${n}`))
  })

  it('that are the root are as short as a name gets', () => {
    const writer = started()
    writer.rrset(SECTION.ANSWER, addresses('.', 3))
    expect(writer.length).toBe(START + 3 * (1 + 14))
    expect(answers(writer.finish(1, 0))).toEqual([0, 1, 2].map((n) => `. 60 IN A 10.0.0.${n}`))
  })

  it('further on than pointers reach', () => {
    const writer = started()
    const sets = [
      addresses('a.test.', 1200),
      addresses('b.test.', 3),
      addresses('c.a.test.', 2),
      addresses('b.test.', 1),
    ]
    for (const set of sets) expect(writer.rrset(SECTION.ANSWER, set)).toBe(true)
    expect(answers(writer.finish(1, 0))).toEqual(sets.flatMap(recordTexts))
  })

  it('at the last octet that a pointer reaches', () => {
    for (const before of [0x3fff, 0x4000]) {
      const writer = started()
      const filler = before - START - 12
      writer.rrset(SECTION.ANSWER, RRset.of(WWW, TYPE.TXT, 1, [new Uint8Array(filler).fill(0)]))
      expect(writer.length).toBe(before)
      writer.rrset(SECTION.ANSWER, addresses('far.away.', 2))
      expect(writer.length).toBe(before + 2 * 14 + 10 + (before === 0x3fff ? 2 : 10))
      expect(answers(writer.finish(1, 0)).slice(-2)).toEqual([0, 1].map((n) => `far.away. 60 IN A 10.0.0.${n}`))
    }
  })

  it('keep their case where that matters', () => {
    const writer = started(65_535, parseName('example.org.'), true)
    const sets = parseRecords('Example.ORG. 1 IN NS NS.example.org.\nns.example.org. 1 IN A 192.0.2.1')
    for (const set of sets) writer.rrset(SECTION.ANSWER, set)
    expect(answers(writer.finish(1, 0))).toEqual(sets.flatMap(recordTexts))
  })
})

describe('what does not fit', () => {
  it('is left out as a whole, and the next may fit', () => {
    const writer = started(START + 16 * 4)
    expect(writer.rrset(SECTION.ANSWER, addresses('www.example.org.', 5))).toBe(false)
    expect(writer.length).toBe(START)
    expect(writer.rrset(SECTION.ANSWER, addresses('www.example.org.', 4))).toBe(true)
    expect(writer.rrset(SECTION.ANSWER, addresses('www.example.org.', 1))).toBe(false)
    const wire = writer.finish(1, 0)
    expect(wire).toHaveLength(START + 16 * 4)
    expect(readMessage(wire).answer[0].size).toBe(4)
  })

  it('goes with what belongs to it', () => {
    const sets = [addresses('www.example.org.', 1), addresses('other.test.', 2), addresses('www.example.org.', 1)]
    const writer = started(100)
    expect(writer.rrsets(SECTION.ANSWER, sets, 0, 3)).toBe(false)
    expect(writer.length).toBe(START)
    expect(writer.rrsets(SECTION.ANSWER, sets, 1, 2)).toBe(true)
    expect(answers(writer.finish(1, 0))).toEqual(recordTexts(sets[1]))
  })

  it('leaves no names behind that could be pointed to', () => {
    const writer = started(120)
    const big = RRset.of(parseName('a.b.test.'), TYPE.TXT, 1, [new Uint8Array(200)])
    expect(writer.rrset(SECTION.ANSWER, big)).toBe(false)
    expect(writer.rrset(SECTION.ANSWER, addresses('x.test.', 1))).toBe(true)
    expect(writer.rrset(SECTION.ANSWER, addresses('a.b.test.', 1))).toBe(true)
    expect(answers(writer.finish(1, 0))).toEqual(['x.test. 60 IN A 10.0.0.0', 'a.b.test. 60 IN A 10.0.0.0'])
  })

  it('may have 100,000 records, or one of 65,535 octets', () => {
    const writer = started()
    expect(writer.rrset(SECTION.ANSWER, addresses('www.example.org.', 100_000))).toBe(false)
    expect(writer.rrset(SECTION.ANSWER, RRset.of(WWW, TYPE.TXT, 1, [new Uint8Array(65_535)]))).toBe(false)
    expect(writer.rrset(SECTION.ANSWER, addresses('www.example.org.', 4093))).toBe(true)
    expect(writer.rrset(SECTION.ANSWER, RRset.of(WWW, TYPE.TXT, 1, [new Uint8Array(65_535)]))).toBe(false)
    const wire = writer.finish(1, 0)
    expect(wire).toHaveLength(START + 4093 * 16)
    expect(readMessage(wire).answer[0].size).toBe(4093)
  })

  it('has less room where some is reserved', () => {
    const writer = started(START + 16 + 11)
    writer.reserve(12)
    expect(writer.rrset(SECTION.ANSWER, addresses('www.example.org.', 1))).toBe(false)
    writer.reserve(-1)
    expect(writer.rrset(SECTION.ANSWER, addresses('www.example.org.', 1))).toBe(true)
    writer.opt(1232, 0, 0, false, [])
    expect(writer.finish(1, 0)).toHaveLength(START + 16 + 11)
  })
})

it('does not touch a message again', () => {
  const writer = new MessageWriter()
  const kept: [Uint8Array, string][] = []
  // Several blocks' worth of messages of many sizes.
  for (let i = 0; i < 4000; i++) {
    writer.begin(i % 10 === 0 ? 65_535 : 1232, WWW, TYPE.A, 1)
    writer.rrset(SECTION.ANSWER, addresses('www.example.org.', i % 10 === 0 ? 600 : i % 70))
    const wire = writer.finish(i, FLAG.QR)
    kept.push([wire, hex(wire)])
  }
  for (const [wire, before] of kept) expect(hex(wire) === before).toBe(true)
})
