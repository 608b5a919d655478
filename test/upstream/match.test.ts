import { describe, expect, it } from 'vitest'
import { writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { answersQuery } from '../../src/upstream/match.ts'

const ask = (name: string, type = 1, rclass = 1): Uint8Array =>
  writeQuery({ id: 1, name: parseName(name), type, class: rclass }).slice()
const query = ask('www.example.org')
/** The query as a response; `at` an octet is set to `value`. */
function answer(wire: Uint8Array, at = 2, value = wire[2]): Uint8Array {
  const octets = wire.slice()
  octets[at] = value
  octets[2] |= 0x80
  return octets
}

describe('answersQuery', () => {
  it('takes the same question', () => {
    expect(answersQuery(answer(query), query)).toBe(true)
  })

  it('takes the name in another case', () => {
    expect(answersQuery(answer(ask('WWW.Example.ORG')), query)).toBe(true)
  })

  it('takes a header alone that says FORMERR, and no other', () => {
    const header = answer(query, 5, 0).slice(0, 12)
    header[3] = 1
    expect(answersQuery(header, query)).toBe(true)
    header[3] = 2
    expect(answersQuery(header, query)).toBe(false)
  })

  const strangers: [what: string, octets: Uint8Array][] = [
    ['a query', query],
    ['another name', answer(ask('wwx.example.org'))],
    ['a longer name', answer(ask('www.example.org.x'))],
    ['a shorter name', answer(ask('www.example'))],
    ['another type', answer(ask('www.example.org', 28))],
    ['another class', answer(ask('www.example.org', 1, 3))],
    ['another opcode', answer(query, 2, 0x10)],
    ['no question', answer(query, 5, 0).slice(0, 12)],
    ['two questions', answer(query, 5, 2)],
    ['a header cut short', answer(query).slice(0, 11)],
    ['a question cut short', answer(query).slice(0, -1)],
    ['nothing', new Uint8Array(0)],
  ]
  it.each(strangers)('refuses %s', (_, octets) => {
    expect(answersQuery(octets, query)).toBe(false)
  })

  it('compares the type octet by octet: 65 is not 97', () => {
    expect(answersQuery(answer(ask('a', 97)), ask('a', 65))).toBe(false)
  })
})
