import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NameCompressor } from '../../src/dns/compression.ts'
import { HEADER } from '../../src/dns/header.ts'
import { foldName, type Name, nameText, parseName } from '../../src/dns/name.ts'
import { hashBack, NO_OCTETS } from '../../src/dns/namehash.ts'
import { readCompressedName } from '../../src/dns/wirename.ts'
import { anyName } from './arbitraries.ts'

/** A message as a compressor sees it: header, question, then names one after another. */
class Page {
  readonly names = new NameCompressor()
  readonly #out = new Uint8Array(200_000)
  readonly #base: number
  at: number

  constructor(question: Name, { keepCase = false, base = 0 } = {}) {
    this.#base = base
    this.#out.set(question, base + HEADER)
    this.at = base + HEADER + question.length
    this.names.begin(this.#out, base, keepCase)
  }

  /** Writes a name and says how: `mail@12` is a label and a pointer to octet 12, `mail.` has no pointer. */
  write(text: string): string {
    return this.text(this.put(parseName(text)))
  }

  /** Writes a name and returns the offset at which it stands. */
  put(name: Name): number {
    const start = this.at
    this.at = this.names.write(this.#out, start, name)
    return start - this.#base
  }

  skipTo(offset: number): void {
    this.at = this.#base + offset
  }

  text(offset: number): string {
    const labels: string[] = []
    const out = this.#out
    for (let at = this.#base + offset; ; at += out[at] + 1) {
      if (out[at] === 0) return labels.map((label) => `${label}.`).join('') || '.'
      if (out[at] >= 0xc0) return `${labels.join('.')}@${((out[at] & 63) << 8) | out[at + 1]}`
      labels.push(String.fromCharCode(...out.subarray(at + 1, at + 1 + out[at])))
    }
  }

  /** The name at an offset of the message, as a reader sees it. */
  read(offset: number): Name {
    return readCompressedName(this.#out.subarray(this.#base, this.at), offset).name
  }
}

const page = (question: string, options = {}): Page => new Page(parseName(question), options)

describe('points to', () => {
  it('the question and the names above it', () => {
    const { write } = bound(page('www.example.org.'))
    expect(write('www.example.org.')).toBe('@12')
    expect(write('example.org.')).toBe('@16')
    expect(write('org.')).toBe('@24')
    expect(write('mail.example.org.')).toBe('mail@16')
    expect(write('a.b.org.')).toBe('a.b@24')
    expect(write('.')).toBe('.')
  })

  it('names written before and the names above them', () => {
    const { write } = bound(page('www.example.org.'))
    expect(write('ns.example.net.')).toBe('ns.example.net.')
    expect(write('ns.example.net.')).toBe('@29')
    expect(write('example.net.')).toBe('@32')
    expect(write('a.ns.example.net.')).toBe('a@29')
    expect(write('b.a.ns.example.net.')).toBe('b@49')
    expect(write('example.com.')).toBe('example.com.')
  })

  it('the longest end that is known, be it the question’s or another’s', () => {
    const { write } = bound(page('www.example.org.'))
    expect(write('a.b.example.org.')).toBe('a.b@16')
    expect(write('c.b.example.org.')).toBe('c@31')
    expect(write('b.example.org.')).toBe('@31')
  })

  it('names in another case', () => {
    const { write } = bound(page('wWw.Example.org.'))
    expect(write('www.eXample.ORG.')).toBe('@12')
    expect(write('Ns.Net.')).toBe('Ns.Net.')
    expect(write('nS.nEt.')).toBe('@31')
  })

  it('names in the same case only, where case is kept', () => {
    const { write } = bound(page('www.Example.org.', { keepCase: true }))
    expect(write('www.example.org.')).toBe('www.example@24')
    expect(write('www.Example.org.')).toBe('@12')
    expect(write('a.example.org.')).toBe('a@33')
    expect(write('WWW.example.org.')).toBe('WWW@33')
  })

  it('nothing where the question is the root', () => {
    const { write } = bound(page('.'))
    expect(write('org.')).toBe('org.')
    expect(write('a.org.')).toBe('a@13')
    expect(write('.')).toBe('.')
  })

  it('whole labels: octets inside one that look like labels are none', () => {
    const { write } = bound(page('a\\003org.'))
    expect(write('org.')).toBe('org.')
    expect(write('x.a\\003org.')).toBe('x@12')
  })
})

const bound = (page: Page): { write: (text: string) => string } => ({ write: (text) => page.write(text) })

it('does not point further than 14 bits reach', () => {
  const far = page('.')
  far.skipTo(0x3ffc)
  expect(far.write('aa.bb.')).toBe('aa.bb.')
  expect(far.write('aa.bb.')).toBe(`@${0x3ffc}`)
  expect(far.write('x.bb.')).toBe(`x@${0x3fff}`)
  expect(far.write('cc.dd.')).toBe('cc.dd.')
  expect(far.write('cc.dd.')).toBe('cc.dd.')
})

it('forgets what is to be written over, and nothing else', () => {
  const over = page('www.example.org.')
  over.write('ns.example.net.')
  const { names } = over.names
  const { at } = over
  over.write('a.b.c.ns.example.net.')
  over.write('other.test.')
  over.names.forget(names)
  over.at = at
  expect(over.write('other.test.')).toBe('other.test.')
  expect(over.write('c.ns.example.net.')).toBe('c@29')
  expect(over.write('example.net.')).toBe('@32')
})

it('starts each message anew', () => {
  const names = new NameCompressor()
  const out = new Uint8Array(200)
  const question = parseName('example.org.')
  for (const base of [0, 100]) {
    out.set(question, base + HEADER)
    names.begin(out, base, false)
    expect(names.write(out, base + 25, parseName('ns.net.')) - base).toBe(25 + 8)
    expect(names.write(out, base + 33, parseName('ns.net.')) - base).toBe(25 + 8 + 2)
  }
})

it('takes more names than it remembers', () => {
  const many = page('example.org.', { base: 5000 })
  const texts = Array.from({ length: 5000 }, (_, i) => `host${i % 3000}.example.${i % 7}.`)
  const offsets = texts.map((text) => many.put(parseName(text)))
  expect(offsets.map((offset) => nameText(many.read(offset)))).toEqual(texts)
})

it('writes names that were made to meet in one place of its table', () => {
  const place = (text: string): number => {
    const name = parseName(text)
    const hash = hashBack(name, 0, name.length - 1, NO_OCTETS)
    return (hash ^ (hash >>> 15)) & 2047
  }
  const texts = Array.from({ length: 400_000 }, (_, i) => `${i.toString(36)}.`).filter((text) => place(text) === 7)
  expect(texts.length).toBeGreaterThan(100)
  const meeting = page('.')
  const offsets = [...texts, ...texts].map((text) => meeting.put(parseName(text)))
  expect(offsets.map((offset) => nameText(meeting.read(offset)))).toEqual([...texts, ...texts])
  // The first ones are still pointed to; how far the search goes has a bound.
  const pointers = offsets.slice(texts.length).filter((offset) => meeting.text(offset).startsWith('@'))
  expect(pointers).toHaveLength(32)
})

it('writes names that can be read back', () => {
  // Few different labels, so that names have ends in common.
  const label = fc.constantFrom('a', 'b', 'A', 'ab', '\\003abc', 'long-label-of-some-octets')
  const similar = fc
    .array(label, { maxLength: 6 })
    .map((labels) => parseName(`${labels.join('.')}.`.replace(/^$/, '.')))
  const names = fc.array(fc.oneof(similar, anyName), { maxLength: 60 })
  fc.assert(
    fc.property(fc.oneof(similar, anyName), names, fc.boolean(), fc.nat(70_000), (question, names, keepCase, base) => {
      const written = new Page(question, { keepCase, base })
      const offsets = names.map((name) => written.put(name))
      const read = offsets.map((offset) => written.read(offset))
      if (keepCase) expect(read).toEqual(names)
      else expect(read.map(foldName)).toEqual(names.map(foldName))
    }),
    { numRuns: 500 },
  )
})
