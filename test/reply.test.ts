import { expect, it } from 'vitest'
import { EDE, readExtendedError } from '../src/dns/edns.ts'
import { parseRecords } from '../src/dns/presentation.ts'
import { DROPPED, Reply } from '../src/reply.ts'

const answer = parseRecords('www.example.org. 60 IN A 192.0.2.1')
const full = new Reply({
  rcode: 3,
  aa: true,
  tc: true,
  rd: false,
  ra: true,
  ad: true,
  answer,
  authority: answer,
  additional: answer,
  options: [{ code: 3, data: new Uint8Array(1) }],
  opt: true,
  following: [],
})

it('is empty where nothing is given', () => {
  const none = { answer: [], authority: [], additional: [], options: [], following: undefined }
  expect(new Reply({})).toMatchObject({ rcode: 0, aa: false, tc: false, rd: undefined, ra: false, ad: false, ...none })
})

it('changes a copy that shares its record sets', () => {
  const changed = full.with({ rcode: 0, aa: false, answer: [] })
  expect(changed).toMatchObject({ rcode: 0, aa: false, tc: true, rd: false, ra: true, ad: true, opt: true, answer: [] })
  expect([changed.authority, changed.additional, changed.options, changed.following]).toEqual([
    full.authority,
    full.additional,
    full.options,
    full.following,
  ])
  expect(changed.authority[0]).toBe(answer[0])
  expect([full.rcode, full.answer]).toEqual([3, answer])
  expect(full.with({ following: undefined }).following).toBeUndefined()
  expect({ ...full.with({}) }).toEqual({ ...full })
})

it('takes extended errors, one after another', () => {
  const { options } = full.withError(EDE.BLOCKED, 'by the list').withError(EDE.OTHER, '')
  expect(options.map(readExtendedError)).toEqual([
    undefined,
    { code: EDE.BLOCKED, text: 'by the list' },
    { code: EDE.OTHER, text: '' },
  ])
})

it('that is dropped stays dropped, whatever is changed on the way back', () => {
  expect(DROPPED.with({ rcode: 2, answer })).toBe(DROPPED)
})
