import { expect } from 'vitest'
import type { Answer, AskOptions } from '../plugins/rig.ts'

/** What clients get of the zone of nameservers.ts, whichever server has it and however that is asked. */

const OVER_TCP = { peer: { transport: 'tcp' } } as const
const SOA = 'example.org. 60 IN SOA ns.example.org. hostmaster.example.org. 7 7200 3600 1209600 60'

export interface ForwardFact {
  readonly ask: string
  readonly how?: AskOptions
  readonly rcode?: string
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  /** How many records the answer has. */
  readonly count?: number
  readonly flags?: string
}

export const forwardFacts: readonly ForwardFact[] = [
  { ask: 'www.example.org', answer: ['www.example.org. 300 IN A 192.0.2.1'] },
  { ask: 'WWW.Example.ORG AAAA', count: 1 },
  { ask: 'example.org MX', answer: ['example.org. 300 IN MX 10 mail.example.org.'] },
  {
    ask: 'alias.example.org',
    answer: ['alias.example.org. 300 IN CNAME www.example.org.', 'www.example.org. 300 IN A 192.0.2.1'],
  },
  { ask: 'a.b.wild.example.org', answer: ['a.b.wild.example.org. 300 IN A 192.0.2.9'] },
  { ask: 'odd.example.org TYPE65280', answer: ['odd.example.org. 300 IN TYPE65280 \\# 3 010203'] },
  { ask: 'nothing.example.org', rcode: 'NXDOMAIN', answer: [], authority: [SOA] },
  { ask: 'www.example.org TXT', answer: [], authority: [SOA] },
  { ask: 'elsewhere.example', rcode: 'REFUSED', answer: [] },
  { ask: 'mid.example.org TXT', how: OVER_TCP, count: 8 },
  { ask: 'mid.example.org TXT', how: { bufsize: 4096 }, count: 8 },
  { ask: 'big.example.org TXT', how: OVER_TCP, count: 15 },
  { ask: 'big.example.org TXT', how: { bufsize: 1232 }, flags: 'tc' },
]

/** Compares an answer with what the fact says of it. */
export function checkForwarded({ rcode, answer, authority, count, flags }: ForwardFact, reply: Answer): void {
  if (flags) expect(reply.flags.split(' ')).toContain(flags)
  else expect(reply.rcode).toBe(rcode ?? 'NOERROR')
  if (answer) expect([...reply.answer].sort()).toEqual([...answer].sort())
  if (authority) expect(reply.authority).toEqual(authority)
  if (count !== undefined) expect(reply.answer).toHaveLength(count)
}
