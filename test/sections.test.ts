import { describe, expect, it } from 'vitest'
import { RCODE, TYPE } from '../src/dns/constants.ts'
import { recordTexts } from '../src/dns/presentation.ts'
import { rcodeName } from '../src/dns/rdata/registry.ts'
import type { RRset } from '../src/dns/rrset.ts'
import type { ReplyParts } from '../src/reply.ts'
import { filler, OPT, QUESTION, records, type Sent, send } from './sent.ts'

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
    const authority = records(Array.from({ length: 4 }, (_, i) => `org. 60 IN NS ${target(i)}`).join('\n'))
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
