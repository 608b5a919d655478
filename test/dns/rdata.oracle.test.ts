import * as packet from 'dns-packet'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ROOT } from '../../src/dns/name.ts'
import { parseRdata, rdataText, typeCode, uncompressRdata } from '../../src/dns/rdata/registry.ts'
import { splitWords } from '../../src/dns/words.ts'
import { hex } from './arbitraries.ts'

/**
 * dns-packet as a second opinion on the wire form: from the same values it writes octets and we text. It is asked only
 * what it gets right: plain labels, addresses in canonical text, strings of at most 255 octets.
 */
const records = packet as unknown as { record(type: string): { encode(data: unknown): Buffer } }

const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)
const label = fc.stringMatching(/^[a-zA-Z\d_-]{1,20}$/)
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const blob = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((octets) => Buffer.from(octets))
const text = fc.stringMatching(/^[ !#-[\]-~]{0,40}$/)
const types = fc.uniqueArray(fc.constantFrom('A', 'NS', 'SOA', 'MX', 'TXT', 'AAAA', 'SRV', 'RRSIG', 'NSEC', 'CAA'), {
  minLength: 1,
})
const inOrder = (list: readonly string[]): string => [...list].sort((a, b) => typeCode(a)! - typeCode(b)!).join(' ')
const capitals = (octets: Uint8Array): string => hex(octets).toUpperCase()
const base64 = (octets: Buffer): string => octets.toString('base64')
const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace(/\D/g, '')

/** A type's data as dns-packet takes it, and the text that we expect. */
interface Pair {
  readonly data: unknown
  readonly text: string
}

const pairs: Readonly<Record<string, fc.Arbitrary<Pair>>> = {
  A: fc.ipV4().map((data) => ({ data, text: data })),
  NS: name.map((data) => ({ data, text: `${data}.` })),
  CNAME: name.map((data) => ({ data, text: `${data}.` })),
  PTR: name.map((data) => ({ data, text: `${data}.` })),
  DNAME: name.map((data) => ({ data, text: `${data}.` })),
  SOA: fc
    .record({ mname: name, rname: name, serial: u32, refresh: u32, retry: u32, expire: u32, minimum: u32 })
    .map((d) => ({
      data: d,
      text: `${d.mname}. ${d.rname}. ${d.serial} ${d.refresh} ${d.retry} ${d.expire} ${d.minimum}`,
    })),
  MX: fc.record({ preference: u16, exchange: name }).map((d) => ({ data: d, text: `${d.preference} ${d.exchange}.` })),
  RP: fc.record({ mbox: name, txt: name }).map((d) => ({ data: d, text: `${d.mbox}. ${d.txt}.` })),
  SRV: fc.record({ priority: u16, weight: u16, port: u16, target: name }).map((d) => ({
    data: d,
    text: `${d.priority} ${d.weight} ${d.port} ${d.target}.`,
  })),
  HINFO: fc.record({ cpu: text, os: text }).map((d) => ({ data: d, text: `"${d.cpu}" "${d.os}"` })),
  TXT: fc.array(text, { minLength: 1, maxLength: 5 }).map((data) => ({
    data,
    text: data.map((string) => `"${string}"`).join(' '),
  })),
  NAPTR: fc
    .record({ order: u16, preference: u16, flags: text, services: text, regexp: text, replacement: name })
    .map((d) => ({
      data: d,
      text: `${d.order} ${d.preference} "${d.flags}" "${d.services}" "${d.regexp}" ${d.replacement}.`,
    })),
  CAA: fc.record({ flags: u8, tag: fc.stringMatching(/^[a-z\d]{1,15}$/), value: text }).map((d) => ({
    data: d,
    text: `${d.flags} ${d.tag} "${d.value}"`,
  })),
  // Digests of types 1 to 4 have lengths of their own.
  DS: fc
    .record({ keyTag: u16, algorithm: u8, digestType: fc.integer({ min: 5, max: 255 }), digest: blob })
    .map((d) => ({
      data: d,
      text: `${d.keyTag} ${d.algorithm} ${d.digestType} ${capitals(d.digest)}`,
    })),
  SSHFP: fc.constantFrom([1, 20], [2, 32]).chain(([hash, size]) =>
    fc
      .record({ algorithm: u8, fingerprint: fc.uint8Array({ minLength: size, maxLength: size }).map(capitals) })
      .map((d) => ({
        data: { ...d, hash },
        text: `${d.algorithm} ${hash} ${d.fingerprint}`,
      })),
  ),
  TLSA: fc.record({ usage: u8, selector: u8, matchingType: u8, certificate: blob }).map((d) => ({
    data: d,
    text: `${d.usage} ${d.selector} ${d.matchingType} ${capitals(d.certificate)}`,
  })),
  DNSKEY: fc.record({ flags: u16, algorithm: u8, key: blob }).map((d) => ({
    data: d,
    text: `${d.flags} 3 ${d.algorithm} ${base64(d.key)}`,
  })),
  RRSIG: fc
    .record({
      typeCovered: fc.constantFrom('A', 'SOA', 'DNSKEY', 'NSEC3'),
      algorithm: u8,
      labels: u8,
      originalTTL: u32,
      expiration: u32,
      inception: u32,
      keyTag: u16,
      signersName: name,
      signature: blob,
    })
    .map((d) => ({
      data: d,
      text: [
        ...[d.typeCovered, d.algorithm, d.labels, d.originalTTL, date(d.expiration), date(d.inception), d.keyTag],
        ...[`${d.signersName}.`, base64(d.signature)],
      ].join(' '),
    })),
  NSEC: fc.record({ nextDomain: name, rrtypes: types }).map((d) => ({
    data: d,
    text: `${d.nextDomain}. ${inOrder(d.rrtypes)}`,
  })),
  NSEC3: fc.record({ algorithm: u8, flags: u8, iterations: u16, salt: blob, rrtypes: types }).map((d) => ({
    data: { ...d, nextDomain: Buffer.alloc(20, 0xff) },
    text: `${d.algorithm} ${d.flags} ${d.iterations} ${capitals(d.salt)} ${'V'.repeat(32)} ${inOrder(d.rrtypes)}`,
  })),
}

test.each(Object.entries(pairs))('%s', (type, pair) => {
  const code = typeCode(type)!
  fc.assert(
    fc.property(pair, ({ data, text }) => {
      // What it writes starts with the length.
      const encoded = records.record(type).encode(data).subarray(2)
      expect(hex(parseRdata(code, splitWords(text), ROOT))).toBe(hex(encoded))
      expect(rdataText(code, uncompressRdata(code, encoded, 0, encoded.length))).toBe(text)
    }),
  )
})
