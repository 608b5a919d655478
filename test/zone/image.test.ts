import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { encodeReply } from '../../src/encode.ts'
import { Reply } from '../../src/reply.ts'
import { FIELD, filterBits, HEADER_SIZE, hashLabels, slotOf } from '../../src/zone/format.ts'
import { openImage, type ZoneImage } from '../../src/zone/image.ts'
import { lookup } from '../../src/zone/lookup.ts'
import { base32hex, nsec3Hash } from '../../src/zone/nsec3.ts'
import { APEX, ask, queryOf, recordsOf, zoneOf } from './zones.ts'

const seedOf = ({ bytes }: ZoneImage): number => new Uint32Array(bytes.buffer, 0, 16)[FIELD.SEED]

describe('an image', () => {
  it('has what the file has, opened again elsewhere', () => {
    const zone = zoneOf(
      `${APEX}www 60 A 192.0.2.1\nwww 60 A 192.0.2.2\nwww 60 AAAA 2001:db8::1\na.b.c 60 A 192.0.2.3\n`,
    )
    const shared = new Uint8Array(new SharedArrayBuffer(zone.bytes.length))
    shared.set(zone.bytes)
    const opened = openImage(shared)
    expect(recordsOf(opened)).toEqual(recordsOf(zone))
    expect([opened.serial, opened.names, opened.records, opened.usable]).toEqual([1, 5, 6, true])
    expect(ask(opened, 'WWW.example. A').answer).toHaveLength(2)
    expect(ask(opened, 'b.c.example. A')).toMatchObject({ rcode: 'NOERROR', answer: [] })
  })

  it('has any number of kinds of record sets, and sets of any size', () => {
    const kinds = Array.from({ length: 600 }, (_, i) => `n${i} ${i + 1000} TXT "${'x'.repeat(i % 250)}" "y"`)
    const large = Array.from({ length: 3000 }, (_, i) => `large 7 TXT "${i} ${'z'.repeat(200)}"`)
    const zone = zoneOf(`${APEX}${kinds.join('\n')}\n${large.join('\n')}\n`)
    for (const i of [0, 251, 252, 253, 254, 599])
      expect(ask(zone, `n${i}.example. TXT`).answer).toEqual([
        `n${i}.example. ${i + 1000} IN TXT "${'x'.repeat(i % 250)}" "y"`,
      ])
    expect(ask(zone, 'large.example. TXT').answer.at(-1)).toBe(`large.example. 7 IN TXT "2999 ${'z'.repeat(200)}"`)
    expect(recordsOf(openImage(zone.bytes))).toHaveLength(3602)
  })

  it('takes few octets for a record', () => {
    const hosts = Array.from({ length: 5000 }, (_, i) => `host${i} 60 A 10.0.0.1\nhost${i} 60 AAAA 2001:db8::1\n`)
    const zone = zoneOf(APEX + hosts.join(''))
    expect(zone.bytes.length / zone.records).toBeLessThan(26)
  })

  it('tells by its filter of nearly all names that are not there, and never of one that is', () => {
    const hosts = Array.from({ length: 5000 }, (_, i) => `host${i} 60 A 10.0.0.1\n`)
    const { bytes } = zoneOf(APEX + hosts.join(''))
    const header = new Uint32Array(bytes.buffer, 0, HEADER_SIZE / 4)
    const filter = new Uint32Array(bytes.buffer, header[FIELD.WORDS_AT], header[FIELD.WORDS])
    const passes = (label: string): boolean => {
      const hash = hashLabels(Buffer.from(`\x08${label}`), 0, 9, header[FIELD.SEED])
      return (~filter[slotOf(hash, filter.length)] & filterBits(hash)) === 0
    }
    const numbers = Array.from({ length: 4000 }, (_, i) => i + 1000)
    expect(numbers.filter((i) => passes(`host${i}`))).toHaveLength(4000)
    expect(numbers.filter((i) => passes(`none${i}`)).length).toBeLessThan(300)
  })

  it('hashes in another way where names were chosen so that their hashes are alike', () => {
    const names: string[] = []
    const usual = seedOf(zoneOf(APEX))
    for (let i = 0; names.length < 700; i++) {
      const label = Buffer.from(`\0n${i}`)
      label[0] = label.length - 1
      if (hashLabels(label, 0, label.length, usual) >>> 20 === 77) names.push(`n${i}`)
    }
    const zone = zoneOf(APEX + names.map((name) => `${name} 60 A 192.0.2.1\n`).join(''))
    expect(seedOf(zone)).not.toBe(usual)
    for (const name of names) expect(ask(zone, `${name}.example. A`).answer).toHaveLength(1)
  })
})

/** A zone with one of everything, without proofs and with either kind of them. */
const names = ['@', 'ns', 'www', 'alias', 'mx', 'wild', '*.wild', 'sub', 'dn', 'b.c', 'a.b.c', 'big']
const plain = `
@ 300 SOA ns h 1 2 3 4 60
@ 300 NS ns
ns 300 A 192.0.2.1
www 300 A 192.0.2.2
www 300 AAAA 2001:db8::1
alias 300 CNAME www
mx 300 MX 1 www
*.wild 300 TXT "x"
sub 300 NS ns.sub
ns.sub 300 A 192.0.2.9
dn 300 DNAME www
a.b.c 300 A 192.0.2.3
big 300 TXT ${`"${'y'.repeat(200)}" `.repeat(20)}
`
const signature = (owner: string, type: string): string =>
  `${owner} 300 RRSIG ${type} 8 2 300 20400101000000 20000101000000 1 example. AAAA\n`
const nsec = names.map((name, i) => `${name} 300 NSEC ${names[(i + 1) % names.length]} A\n${signature(name, 'NSEC')}`)
const hashes = names.map((name) => {
  const wire = parseName(name === '@' ? 'example.' : `${name}.example.`)
  return Buffer.from(base32hex(nsec3Hash(wire, { iterations: 1, salt: Uint8Array.of(1) }))).toString()
})
hashes.sort()
const nsec3 = hashes.map((hash, i) => `${hash} 300 NSEC3 1 0 1 01 ${hashes[(i + 1) % names.length]} A\n`)
const zones = [
  plain,
  plain + nsec.join('') + signature('@', 'SOA') + signature('www', 'A'),
  `${plain}@ 0 NSEC3PARAM 1 0 1 01\n${nsec3.join('')}${hashes.map((hash) => signature(hash, 'NSEC3')).join('')}`,
].map((text) => zoneOf(text).bytes)

const asked = [...names.slice(1), 'nope', 'x.wild', 'x.y.wild', 'deep.sub', 'q.dn', 'zz.b.c'].flatMap((name) =>
  ['A', 'TXT', 'SOA', 'NS', 'DS', 'ANY', 'CNAME', 'RRSIG'].flatMap((type) => [
    `${name}.example. ${type}`,
    `${name}.example. ${type} +do`,
  ]),
)

/** What is wrong with an image, as the engine tells it; '' where it has not noticed. Anything else is thrown. */
function complaintOf(action: () => void): string {
  try {
    action()
    return ''
  } catch (error) {
    if (/zone image/.test((error as Error).message)) return (error as Error).message
    throw error
  }
}

describe('a damaged image', () => {
  const bytes = zones[0]
  test.each([
    ['cut off', bytes.slice(0, -1), 'damaged zone image: '],
    ['hardly there', bytes.slice(0, 63), 'no zone image: too short'],
    ['not there', new Uint8Array(0), 'no zone image: too short'],
    ['something else', new Uint8Array(200), 'no zone image: wrong magic number'],
    ['of another version', bytes.with(4, 99), 'zone image of another version: 99'],
    ['not aligned', new Uint8Array(bytes.length + 1).subarray(1), 'a zone image must be aligned to four octets'],
  ])('is refused: %s', (_how, damaged, message) => expect(() => openImage(damaged)).toThrow(message))

  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom(0, 1, 128, 255).chain((octet) => fc.constant(octet)),
  )
  it('is refused, or answered from as well as may be: nothing hangs, and nothing else is thrown', () => {
    const question = fc.constantFrom(...asked)
    fc.assert(
      fc.property(
        fc.nat(zones.length - 1),
        fc.boolean(),
        fc.array(change, { minLength: 1, maxLength: 20 }),
        fc.array(question, { minLength: 10, maxLength: 10 }),
        (zone, isHeader, changes, questions) => {
          const damaged = zones[zone].slice()
          for (const [at, octet] of changes) damaged[at % (isHeader ? HEADER_SIZE : damaged.length)] ^= octet
          let image: ZoneImage | undefined
          complaintOf(() => {
            image = openImage(damaged)
          })
          if (!image) return
          const opened = image
          for (const text of questions)
            complaintOf(() => {
              const query = queryOf(text)
              const outcome = lookup(opened, query)
              encodeReply(query, outcome instanceof Reply ? outcome : outcome.reply, 1232, [])
            })
          complaintOf(() => void [...opened.rrsets()])
        },
      ),
      { numRuns: 3000 },
    )
  })
})
