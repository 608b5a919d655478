import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RCODE } from '../../src/dns/constants.ts'
import { nameText } from '../../src/dns/name.ts'
import { findEdns, type Question, questionEnd, readQuestion, UNANSWERABLE } from '../../src/dns/questionreader.ts'
import { anyName, hex, octets } from './arbitraries.ts'

const { FORMERR, NOTIMP } = RCODE
const WWW = '03777777 076578616d706c65 036f7267 00 0001 0001'
const OPT = '00 0029 1000 00000000 0000'
const A = '0161 00 0001 0001 00000000 0004 01020304'
/** A header with these flags and counts. */
const header = (flags: string, counts: string): string => `1234 ${flags} ${counts.replaceAll(/\d+/g, hex16)}`
const hex16 = (number: string): string => Number(number).toString(16).padStart(4, '0')

function question(message: string): Question {
  const read = readQuestion(octets(message.replaceAll(/\s/g, '')))
  if (typeof read === 'number') throw new Error(`no question: ${read}`)
  return read
}

it('reads id, flags, name, type and class', () => {
  const read = question(`1234 0130 0001 0000 0000 0000 03577757 076578416d706c65 036f7267 00 001c 0003`)
  expect(read).toMatchObject({ id: 0x1234, flags: 0x0130, type: 28, class: 3, edns: undefined })
  expect(nameText(read.name)).toBe('WwW.exAmple.org.')
})

it('copies the name, as the message is only lent', () => {
  const message = octets(`${header('0100', '1 0 0 0')}${WWW}`)
  const read = readQuestion(message) as Question
  message.fill(0)
  expect(nameText(read.name)).toBe('www.example.org.')
})

describe('what is not answered, answered by a header, or read', () => {
  const one = header('0100', '1 0 0 0')
  const longLabel = (size: number): string => hex16(`${size}`).slice(2) + '61'.repeat(size)
  const table: [string, string, number | 'read'][] = [
    ['nothing', '', UNANSWERABLE],
    ['eleven octets', '1234 0100 0001 0000 0000 00', UNANSWERABLE],
    ['a response', `${header('8180', '1 0 0 0')} ${WWW}`, UNANSWERABLE],
    ['a response to something else', header('a800', '0 0 0 0'), UNANSWERABLE],
    ...[1, 2, 3, 4, 5, 6, 15].map((opcode): [string, string, number] => [
      `opcode ${opcode}`,
      `${header((opcode << 11).toString(16).padStart(4, '0'), '1 0 0 0')} ${WWW}`,
      NOTIMP,
    ]),
    ['no question', header('0100', '0 0 0 0'), FORMERR],
    ['a count of two', `${header('0100', '2 0 0 0')} ${WWW} ${WWW}`, FORMERR],
    ['no name', one, FORMERR],
    ['a name that runs out', `${one} 03777777`, FORMERR],
    ['a label that runs out', `${one} 03777777 07`, FORMERR],
    ['no type', `${one} 03777777 00`, FORMERR],
    ['no class', `${one} 03777777 00 0001`, FORMERR],
    ['half a class', `${one} 03777777 00 0001 00`, FORMERR],
    ['a pointer to itself', `${one} c00c 0001 0001`, FORMERR],
    ['a pointer to the header', `${one} c000 0001 0001`, FORMERR],
    ['labels and a pointer', `${one} 03777777 c00c 0001 0001`, FORMERR],
    ['a label of 63 octets', `${one} ${longLabel(63)} 00 0001 0001`, 'read'],
    ['a label of 64 octets', `${one} ${longLabel(64)} 00 0001 0001`, FORMERR],
    ['a label type of RFC 2673', `${one} 41 61 00 0001 0001`, FORMERR],
    ['a name of 255 octets', `${one} ${longLabel(63).repeat(3)} ${longLabel(61)} 00 0001 0001`, 'read'],
    ['a name of 256 octets', `${one} ${longLabel(63).repeat(3)} ${longLabel(62)} 00 0001 0001`, FORMERR],
    ['127 labels', `${one} ${'0161'.repeat(127)} 00 0001 0001`, 'read'],
    ['128 labels', `${one} ${'0161'.repeat(128)} 00 0001 0001`, FORMERR],
    ['the root', `${one} 00 0002 0001`, 'read'],
    ['octets behind the question', `${one} ${WWW} 00 ff`, 'read'],
    ['octets behind the OPT record', `${header('0100', '1 0 0 1')} ${WWW} ${OPT} 00 ff`, 'read'],
    ['records of no concern', `${header('0100', '1 1 1 1')} ${WWW} ${A} ${A} ${A}`, 'read'],
    ['a record that is not there', `${header('0100', '1 0 0 1')} ${WWW}`, FORMERR],
    ['a record that runs out', `${header('0100', '1 0 0 1')} ${WWW} 00 0001 0001 00000000 0004 010203`, FORMERR],
    ['a record whose name runs out', `${header('0100', '1 0 0 1')} ${WWW} 0361`, FORMERR],
    ['a record whose name has a label of 64', `${header('0100', '1 0 0 1')} ${WWW} ${longLabel(64)} ${OPT}`, FORMERR],
    ['half a pointer', `${header('0100', '1 0 0 1')} ${WWW} c0`, FORMERR],
    ['65,535 records', `${header('0100', '1 0 0 65535')} ${WWW}`, FORMERR],
    ['two OPT records', `${header('0100', '1 0 0 2')} ${WWW} ${OPT} ${OPT}`, FORMERR],
    ['OPT in the answer', `${header('0100', '1 1 0 0')} ${WWW} ${OPT}`, FORMERR],
    ['OPT in the authority', `${header('0100', '1 0 1 0')} ${WWW} ${OPT}`, FORMERR],
    ['OPT in both', `${header('0100', '1 0 1 1')} ${WWW} ${OPT} ${OPT}`, FORMERR],
    ['OPT with a name', `${header('0100', '1 0 0 1')} ${WWW} 0161 ${OPT}`, FORMERR],
    ['OPT behind another record', `${header('0100', '1 0 0 2')} ${WWW} ${A} ${OPT}`, 'read'],
    ['OPT before another record', `${header('0100', '1 0 0 2')} ${WWW} ${OPT} ${A}`, 'read'],
  ]
  it.each(table)('%s', (_, message, expected) => {
    const read = readQuestion(octets(message.replaceAll(/\s/g, '')))
    expect(typeof read === 'number' ? read : 'read').toBe(expected)
  })
})

describe('OPT', () => {
  const withOpt = (opt: string): Question => question(`${header('0100', '1 0 0 1')} ${WWW} ${opt}`)

  it('size, version and DO', () => {
    expect(withOpt('00 0029 04d0 00 01 8000 0000').edns).toMatchObject({ udpSize: 1232, version: 1, dnssecOk: true })
    expect(withOpt('00 0029 ffff 00 00 7fff 0000').edns).toMatchObject({ udpSize: 65_535, version: 0, dnssecOk: false })
  })

  it('counts sizes under 512 as 512 (RFC 6891 §6.2.3)', () => {
    for (const size of ['0000', '0064', '01ff', '0200'])
      expect(withOpt(`00 0029 ${size} 00000000 0000`).edns).toMatchObject({ udpSize: 512 })
    expect(withOpt('00 0029 0201 00000000 0000').edns).toMatchObject({ udpSize: 513 })
  })

  it('options in their order, the same code twice', () => {
    const { edns } = withOpt('00 0029 1000 00000000 000f 000a 0003 010203 fde9 0000 000a 0000')
    expect(edns!.options.map(({ code, data }) => `${code}:${hex(data)}`)).toEqual(['10:010203', '65001:', '10:'])
  })

  it.each([
    ['runs past the record', '000a 0009 0102'],
    ['has half a header', '000a 00'],
    ['runs past the record by one octet', '000a 0001'],
  ])('an option that %s is FORMERR', (_, option) => {
    const length = hex16(`${option.replaceAll(' ', '').length / 2}`)
    const message = `${header('0100', '1 0 0 1')} ${WWW} 00 0029 1000 00000000 ${length} ${option}`
    expect(readQuestion(octets(message.replaceAll(/\s/g, '')))).toBe(FORMERR)
  })
})

describe('in a message that is no query', () => {
  it('the question is found where it can be read and means something', () => {
    const end = (message: string): number => questionEnd(octets(message.replaceAll(/\s/g, '')))
    expect(end(`${header('0100', '1 0 0 1')} ${WWW}`)).toBe(12 + 21)
    expect(end(`${header('0100', '2 0 0 0')} ${WWW} ${WWW}`)).toBe(12)
    expect(end(`${header('2800', '1 0 0 0')} ${WWW}`)).toBe(12)
    expect(end(`${header('0100', '1 0 0 0')} 03777777 00 0001`)).toBe(12)
  })

  it('the OPT record is found however many questions there are', () => {
    const found = (message: string): boolean => findEdns(octets(message.replaceAll(/\s/g, ''))) !== undefined
    expect(found(`${header('7800', '0 0 0 1')} ${OPT}`)).toBe(true)
    expect(found(`${header('0100', '3 0 0 1')} ${WWW} c00c 0001 0001 ${WWW} ${OPT}`)).toBe(true)
    expect(found(`${header('2800', '1 1 1 2')} ${WWW} ${A} ${A} ${A} ${OPT}`)).toBe(true)
    expect(found(`${header('2800', '1 0 0 2')} ${WWW} ${OPT} ${OPT}`)).toBe(false)
    expect(found(`${header('2800', '65535 0 0 1')} ${WWW} ${OPT}`)).toBe(false)
    expect(found(header('7800', '0 0 0 0'))).toBe(false)
  })
})

it('never throws, and reads any name that fits', () => {
  const message = fc.oneof(fc.uint8Array({ maxLength: 300 }), queryLike())
  fc.assert(
    fc.property(message, (bytes) => {
      readQuestion(bytes)
      if (bytes.length < 12) return
      questionEnd(bytes)
      findEdns(bytes)
    }),
    { numRuns: 3000 },
  )
  fc.assert(
    fc.property(anyName, (name) => {
      const message = Uint8Array.of(...octets('12340100000100000000 0000'), ...name, 0, 1, 0, 1)
      expect((readQuestion(message) as Question).name).toEqual(name)
    }),
  )
})

/** Random octets behind a header that looks like a query's. */
function queryLike(): fc.Arbitrary<Uint8Array> {
  const counts = fc.array(fc.nat(2), { minLength: 4, maxLength: 4 })
  return fc
    .tuple(fc.nat(15), counts, fc.uint8Array({ maxLength: 60 }))
    .map(([opcode, counts, rest]) => Uint8Array.of(0, 1, opcode << 3, 0, ...counts.flatMap((n) => [0, n]), ...rest))
}
