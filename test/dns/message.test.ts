import { Buffer } from 'node:buffer'
import packet from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FLAG } from '../../src/dns/constants.ts'
import { WireError } from '../../src/dns/error.ts'
import { readMessage, writeMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { parseRecords, recordTexts } from '../../src/dns/presentation.ts'
import { readQuestion } from '../../src/dns/questionreader.ts'
import type { RRset } from '../../src/dns/rrset.ts'

const example = parseName('www.example.org.')

function reply(answer: readonly RRset[], size?: number): Uint8Array {
  const question = { name: example, type: 1, class: 1 }
  const message = { id: 7, flags: FLAG.QR, question, answer, authority: [], additional: [], edns: undefined }
  return writeMessage(message, size)
}

describe('compression', () => {
  it('points to the question, to owners and to names inside data', () => {
    const sets = parseRecords(`
      www.example.org. 300 IN CNAME a.example.org.
      a.example.org. 300 IN MX 10 mail.example.org.
      a.example.org. 300 IN MX 20 MAIL.example.org.
    `)
    const wire = reply(sets)
    // Header 12, question 21; owner 2 + fixed 10 + "a" and a pointer 4; twice owner 2 + 10 + preference 2 + name.
    expect(wire).toHaveLength(12 + 21 + (12 + 4) + (12 + 2 + 7) + (12 + 2 + 2))
    expect(readMessage(wire).answer.flatMap(recordTexts)).toEqual([
      'www.example.org. 300 IN CNAME a.example.org.',
      'a.example.org. 300 IN MX 10 mail.example.org.',
      'a.example.org. 300 IN MX 20 mail.example.org.',
    ])
  })

  it('leaves names alone in types younger than RFC 3597', () => {
    const wire = reply(parseRecords('www.example.org. 300 IN SRV 1 2 3 www.example.org.'))
    expect(wire).toHaveLength(12 + 21 + 12 + 6 + example.length)
  })

  it('does not point past the 14 bits of a pointer', () => {
    const many = Array.from({ length: 1800 }, (_, i) => `n${i}.example.org. 1 IN NS ns${i}.example.net.`)
    const wire = reply(parseRecords(many.join('\n')))
    expect(readMessage(wire).answer.flatMap(recordTexts)).toEqual(many)
  })
})

it('cuts at record set boundaries', () => {
  const sets = parseRecords(`
    www.example.org. 300 IN A 192.0.2.1
    www.example.org. 300 IN A 192.0.2.2
    other.example.org. 300 IN TXT "${'x'.repeat(200)}"
  `)
  const cut = readMessage(reply(sets, 100))
  expect(cut.answer.flatMap(recordTexts)).toEqual([
    'www.example.org. 300 IN A 192.0.2.1',
    'www.example.org. 300 IN A 192.0.2.2',
  ])
})

const label = fc.uint8Array({ minLength: 1, maxLength: 12 })
const name = fc.array(label, { maxLength: 5 }).map((labels) => {
  const octets = labels.flatMap((octets) => [octets.length, ...octets])
  return Uint8Array.from([...octets, 0])
})

describe('properties', () => {
  it('what is written is read back, by us and by dns-packet', () => {
    const address = fc.uint8Array({ minLength: 4, maxLength: 4 })
    const hosts = fc.array(fc.tuple(fc.domain(), address, fc.domain()), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(hosts, (records) => {
        const lines = records.flatMap(([owner, ip, target], i) => [
          `${owner}. ${i} IN A ${ip.join('.')}`,
          `${owner}. ${i} IN NS ${target}.`,
        ])
        const wire = reply(lines.flatMap((line) => parseRecords(line)))
        const fold = (line: string): string => line.toLowerCase()
        expect(readMessage(wire).answer.flatMap(recordTexts).map(fold).sort()).toEqual(lines.map(fold).sort())
        const independent = packet.decode(Buffer.from(wire)).answers!.map((record) => {
          const { name, ttl, type, data } = record as { name: string; ttl: number; type: string; data: string }
          return `${name}. ${ttl} IN ${type} ${data}${type === 'NS' ? '.' : ''}`
        })
        expect(independent.map(fold).sort()).toEqual(lines.map(fold).sort())
      }),
      { numRuns: 100 },
    )
  })

  it('queries are read as they were written', () => {
    const u16 = fc.nat(0xffff)
    fc.assert(
      fc.property(name, u16, u16, u16, fc.boolean(), (name, id, type, rclass, dnssecOk) => {
        const edns = { version: 0, udpSize: 1232, dnssecOk, options: [{ code: 10, data: Uint8Array.of(1, 2, 3) }] }
        const read = readQuestion(writeQuery({ id, name, type, class: rclass, edns }))
        expect(read).toMatchObject({ id, type, class: rclass, name })
        expect(typeof read === 'object' && read.edns).toMatchObject({ udpSize: 1232, dnssecOk, version: 0 })
        expect(typeof read === 'object' && read.edns!.options).toEqual(edns.options)
      }),
    )
  })

  it('random octets are read or refused, never worse', () => {
    const valid = reply(parseRecords('www.example.org. 1 IN MX 1 a.b.c.\nx.org. 1 IN NSEC a.org. A TYPE1000'))
    const damaged = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }).map((edits) => {
      const copy = valid.slice()
      for (const [at, octet] of edits) copy[at] = octet
      return copy
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        readQuestion(bytes)
        try {
          readMessage(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { numRuns: 5000 },
    )
  })
})
