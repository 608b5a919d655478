import { describe, expect, it } from 'vitest'
import { TYPE } from '../../src/dns/constants.ts'
import { MessageWriter, SECTION } from '../../src/dns/messagewriter.ts'
import { parseName } from '../../src/dns/name.ts'
import { RecurringSets } from '../../src/dns/passage.ts'
import { parseRecords } from '../../src/dns/presentation.ts'
import { RRset } from '../../src/dns/rrset.ts'
import { hex } from './arbitraries.ts'

const any = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)]
const mixed = (text: string): string => text.replace(/[a-z]/g, (c) => (Math.random() < 0.5 ? c.toUpperCase() : c))

const LABELS = ['a', 'b', 'ns', 'x.ns', 'b.x.ns', 'com', 'example.com', 'www', 'aa.com']
const below = (apex: string, label: string): string => (apex === '.' ? `${label}.` : `${label}.${apex}`)
const anyTarget = (apex: string): string =>
  any([apex, ...LABELS.map((label) => below(apex, label)), 'ns.com.', 'a.ns.net.', 'com.'])

/** What an apex may have in the authority sections of its zone. */
function anySets(apex: string): RRset[] {
  const ns = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => `${apex} 60 NS ${anyTarget(apex)}`)
  const soa = `${apex} 60 SOA ${anyTarget(apex)} ${anyTarget(apex)} 1 2 3 4 5`
  const [type, text] = any([['NS', ns.join('\n')] as const, ['SOA', soa] as const])
  const signature = `${apex} 60 RRSIG ${type} 13 1 60 20370101000000 20200101000000 12345 ${apex} AAAA`
  return parseRecords(any([text, `${text}\n${signature}`]))
}

/** A message for a question below the apex, in which they are written in one of the two ways. */
function written(question: string, answer: RRset | undefined, size: number, sets: RecurringSets, again: boolean) {
  const writer = new MessageWriter()
  const name = parseName(question)
  writer.begin(size, name, TYPE.A, 1)
  if (answer) writer.rrset(SECTION.ANSWER, new RRset(name, answer.type, 1, 60, answer.data))
  if (!writer.isPlain) return undefined
  const fits = again
    ? writer.recurring(SECTION.AUTHORITY, sets)
    : writer.rrsets(SECTION.AUTHORITY, sets.sets, 0, sets.sets.length)
  return `${fits} ${hex(writer.finish(1, 0))}`
}

describe('sets that recur', () => {
  it('are written as if they did not', () => {
    const address = parseRecords('a. 60 A 192.0.2.1')[0]
    let passages = 0
    for (let i = 0; i < 400; i++) {
      const apex = any(['.', 'com.', 'example.com.', 'a.b.example.com.'])
      const sets = new RecurringSets(anySets(apex))
      for (let k = 0; k < 30; k++) {
        const question = mixed(any([apex, below(apex, any(LABELS)), below(apex, `${any(LABELS)}.${any(LABELS)}`)]))
        const answer = any([undefined, address])
        const size = any([60, 90, 512, 1232])
        const plain = written(question, answer, size, sets, false)
        expect([apex, question, written(question, answer, size, sets, true)]).toEqual([apex, question, plain])
      }
      if (sets.passage) passages++
    }
    expect(passages).toBeGreaterThan(300)
  })

  it('are not taken for those of another question', () => {
    const sets = new RecurringSets(parseRecords('example.com. 60 NS ns.example.com.'))
    const texts = ['www.example.com.', 'example.net.', 'www.example.com.aa.', 'www.xexample.com.', 'com.'].map(
      (question) => [written(question, undefined, 512, sets, true), written(question, undefined, 512, sets, false)],
    )
    for (const [again, plain] of texts) expect(again).toBe(plain)
  })

  it('stand beyond the reach of pointers as they are (RFC 1035 §4.1.4)', () => {
    const sets = new RecurringSets(
      parseRecords('example.com. 60 NS ns.example.com.\nexample.com. 60 NS x.ns.example.com.'),
    )
    const long = RRset.of(parseName('a.'), TYPE.TXT, 60, [new Uint8Array(16_400)])
    expect(written('example.com.', undefined, 65_535, sets, true)).toMatch(/^true/)
    expect(written('example.com.', long, 65_535, sets, true)).toBe(written('example.com.', long, 65_535, sets, false))
  })
})
