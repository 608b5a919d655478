import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireError } from '../../src/dns/error.ts'
import { compareNames, foldName, ROOT } from '../../src/dns/name.ts'
import { basicTypes } from '../../src/dns/rdata/basic.ts'
import type { RecordType } from '../../src/dns/rdata/define.ts'
import { obsoleteTypes } from '../../src/dns/rdata/obsolete.ts'
import { canonicalRdata, nameLayout, parseRdata, rdataText, uncompressRdata } from '../../src/dns/rdata/registry.ts'
import { securityTypes } from '../../src/dns/rdata/security.ts'
import { serviceTypes } from '../../src/dns/rdata/service.ts'
import { splitWords } from '../../src/dns/words.ts'
import { anyName, bytes, hex, sequence } from './arbitraries.ts'
import { fieldValue, WHOLE_VALUES } from './fieldvalues.ts'

const TYPES: readonly RecordType[] = [...basicTypes, ...securityTypes, ...serviceTypes, ...obsoleteTypes]

/** Data that a writer of the type would send. */
const validRdata = ({ name, fields }: RecordType): fc.Arbitrary<Uint8Array> =>
  WHOLE_VALUES[name] ?? sequence(...fields.map(([, field]) => fieldValue(field)))

const parse = (type: number, text: string): Uint8Array => parseRdata(type, splitWords(text), ROOT)

/** The data that is read, or undefined where a WireError says why not. */
function read(type: number, message: Uint8Array, start = 0, end = message.length): Uint8Array | undefined {
  try {
    return uncompressRdata(type, message, start, end)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

describe.each(TYPES)('$name', (type) => {
  const { code } = type

  test('text leads back to the octets', () => {
    fc.assert(
      fc.property(validRdata(type), (rdata) => {
        expect(read(code, rdata)).toEqual(rdata)
        const text = rdataText(code, rdata)
        expect(text).not.toMatch(/^\\#/)
        expect(text).toMatch(/^[\x20-\x7e]*$/)
        expect(parse(code, text)).toEqual(rdata)
        expect(parse(code, `\\# ${rdata.length} ${hex(rdata)}`)).toEqual(rdata)
      }),
    )
  })

  test('canonical form is stable and of the same length', () => {
    fc.assert(
      fc.property(validRdata(type), (rdata) => {
        const canonical = canonicalRdata(code, rdata)
        expect(canonical).toHaveLength(rdata.length)
        expect(canonicalRdata(code, canonical)).toEqual(canonical)
        expect(read(code, canonical)).toEqual(canonical)
      }),
    )
  })

  test('what is cut short, or too long, is refused or something else', () => {
    fc.assert(
      fc.property(validRdata(type), fc.nat(), (rdata, at) => {
        for (const other of [rdata.slice(0, at % (rdata.length + 1)), Uint8Array.of(...rdata, 0)]) {
          const accepted = read(code, other)
          if (accepted) expect(parse(code, rdataText(code, accepted))).toEqual(other)
        }
      }),
    )
  })

  test('any octets are refused, or survive the way through text', () => {
    const noise = fc.oneof(bytes(0, 40), bytes(0, 300), fc.tuple(validRdata(type), fc.nat(), fc.nat(255)).map(damage))
    fc.assert(
      fc.property(noise, bytes(0, 8), bytes(0, 8), (data, before, after) => {
        const start = before.length
        const end = start + data.length
        const bounded = read(code, Uint8Array.of(...before, ...data), start, end)
        // Nothing behind the data has a say.
        expect(read(code, Uint8Array.of(...before, ...data, ...after), start, end)).toEqual(bounded)
        if (!bounded) return
        expect(parse(code, rdataText(code, bounded))).toEqual(bounded)
        expect(read(code, bounded)).toEqual(bounded)
        expect(canonicalRdata(code, bounded)).toHaveLength(bounded.length)
      }),
      { numRuns: 300 },
    )
  })
})

test('names stand where the layout says', () => {
  const laidOut = TYPES.filter(({ code }) => nameLayout(code))
  expect(laidOut.length).toBeGreaterThan(25)
  const record = fc.constantFrom(...laidOut).chain((type) => validRdata(type).map((rdata) => ({ type, rdata })))
  fc.assert(
    fc.property(record, ({ type, rdata }) => {
      const layout = nameLayout(type.code)!
      let at = layout.prefix
      for (let n = 0; n < layout.count; n++) {
        const start = at
        while (rdata[at] !== 0) at += rdata[at] + 1
        expect(++at - start).toBeLessThanOrEqual(255)
      }
      expect(at).toBeLessThanOrEqual(rdata.length)
    }),
  )
})

/** One octet changed. */
function damage([rdata, at, octet]: [Uint8Array, number, number]): Uint8Array {
  const damaged = rdata.slice()
  if (damaged.length > 0) damaged[at % damaged.length] = octet
  return damaged
}

test('names in data are expanded wherever a pointer may stand', () => {
  const compressible = TYPES.filter(({ fields }) => fields.some(([, { rule }]) => rule?.expand))
  expect(compressible.map(({ name }) => name)).toEqual([
    ...['NS', 'MD', 'MF', 'CNAME', 'SOA', 'MB', 'MG', 'MR', 'PTR', 'MINFO', 'MX', 'RP', 'AFSDB', 'RT', 'PX', 'SRV'],
    ...['NAPTR', 'SIG', 'NXT'],
  ])
  fc.assert(
    fc.property(fc.constantFrom(...compressible), anyName, fc.gen(), ({ code, fields }, target, gen) => {
      const whole: number[] = []
      const message: number[] = [...target]
      for (const [, field] of fields) {
        const value = field.rule?.expand ? target : gen(fieldValue, field)
        whole.push(...value)
        message.push(...(field.rule?.expand ? [0xc0, 0] : value))
      }
      expect(uncompressRdata(code, Uint8Array.from(message), target.length, message.length)).toEqual(
        Uint8Array.from(whole),
      )
    }),
  )
})

test('data of unknown types is any octets', () => {
  fc.assert(
    fc.property(bytes(0, 300), fc.integer({ min: 60_000, max: 65_535 }), (rdata, type) => {
      expect(parse(type, rdataText(type, rdata))).toEqual(rdata)
      expect(canonicalRdata(type, rdata)).toEqual(rdata)
    }),
  )
})

test('canonical names are folded names', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      expect(canonicalRdata(2, name)).toEqual(foldName(name))
      expect(compareNames(canonicalRdata(2, name), name)).toBe(0)
    }),
  )
})

test('any text gives data or a WireError', () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\\#', '-', '.', '@', '1', 'A', '\\', 'alpn=', '"'),
  )
  const words = fc.array(fc.record({ text: word, quoted: fc.boolean() }), { maxLength: 10 })
  fc.assert(
    fc.property(fc.constantFrom(...TYPES), words, ({ code }, list) => {
      try {
        const rdata = parseRdata(code, list, ROOT)
        expect(read(code, rdata)).toEqual(rdata)
        expect(parse(code, rdataText(code, rdata))).toEqual(rdata)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
        expect((error as { index: number }).index).toBeGreaterThanOrEqual(0)
        expect((error as { index: number }).index).toBeLessThanOrEqual(list.length)
      }
    }),
    { numRuns: 3000 },
  )
})
