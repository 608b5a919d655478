import { expect } from 'vitest'
import { FLAG } from '../../src/dns/constants.ts'
import type { EdnsOption } from '../../src/dns/edns.ts'
import { type Message, readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { findEdns } from '../../src/dns/questionreader.ts'
import { classCode, rcodeName, typeCode } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import type { Fact } from './facts.ts'

export const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The octets that a fact sends. */
export function queryOf({ ask, raw }: Fact, id = 0x1234): Uint8Array {
  if (raw !== undefined) return fromHex(raw)
  const words = ask!.split(' ')
  const [name, type, rclass] = words.filter((word) => !word.startsWith('+'))
  const settings = words.filter((word) => word.startsWith('+')).map((word) => word.slice(1).split('='))
  const value = (key: string): string | undefined => settings.find(([k]) => k === key)?.[1]
  const has = (key: string): boolean => settings.some(([k]) => k === key)
  let flags = has('norec') ? 0 : FLAG.RD
  if (has('cd')) flags |= FLAG.CD
  if (has('ad')) flags |= FLAG.AD
  const options: EdnsOption[] = settings
    .filter(([k]) => k === 'opt')
    .map(([, option]) => ({ code: Number(option.split(':')[0]), data: fromHex(option.split(':')[1]) }))
  const edns = {
    version: Number(value('edns') ?? 0),
    udpSize: Number(value('bufsize') ?? 1232),
    dnssecOk: has('do'),
    options,
  }
  const sendsOpt = ['do', 'edns', 'bufsize', 'opt'].some(has)
  return writeQuery({
    id,
    flags,
    name: parseName(name.endsWith('.') ? name : `${name}.`),
    type: typeCode(type)!,
    class: classCode(rclass ?? 'IN')!,
    ...(sendsOpt ? { edns } : {}),
  })
}

/** Compares a reply with what the fact says of it. */
export function check(fact: Fact, query: Uint8Array, wire: Uint8Array): void {
  if (fact.headerOnly) {
    expect(wire).toHaveLength(fact.edns ? 12 + 11 : 12)
    expect(wire[5]).toBe(0)
    expect(rcodeName(wire[3] & 15)).toBe(fact.rcode)
    expect(wire[2] & 0x80).toBe(0x80)
    return
  }
  const reply = readMessage(wire)
  expect(reply.id).toBe((query[0] << 8) | query[1])
  // The question comes back octet for octet.
  const questionEnd = 12 + reply.question!.name.length + 4
  expect(toHex(wire.subarray(12, questionEnd))).toBe(toHex(query.subarray(12, questionEnd)))
  if (fact.rcode) expect(rcodeName(reply.rcode)).toBe(fact.rcode)
  if (fact.flags) expect(flagsText(reply.flags)).toBe(fact.flags)
  for (const section of ['answer', 'authority', 'additional'] as const)
    if (fact[section]) expect(texts(reply[section]), section).toEqual([...fact[section]].sort())
  if (fact.answers !== undefined) expect(texts(reply.answer)).toHaveLength(fact.answers)
  if (fact.additionals !== undefined) expect(texts(reply.additional)).toHaveLength(fact.additionals)
  if (fact.size !== undefined) expect(wire).toHaveLength(fact.size)
  checkEdns(fact, reply)
  // DO comes back as it went (RFC 3225 §3).
  if (reply.edns) expect(reply.edns.dnssecOk).toBe(findEdns(query)!.dnssecOk)
}

function checkEdns(fact: Fact, reply: Message): void {
  if (fact.edns === false) expect(reply.edns).toBeUndefined()
  else if (fact.edns) expect(reply.edns).toBeDefined()
  if (typeof fact.edns === 'number') expect(reply.edns!.udpSize).toBe(fact.edns)
  if (fact.option) expect(reply.edns?.options.map((option) => String(option.code))).toContain(fact.option)
}

const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts).sort()

const FLAG_NAMES = ['AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const
const flagsText = (flags: number): string =>
  FLAG_NAMES.filter((name) => flags & FLAG[name])
    .join(' ')
    .toLowerCase()
