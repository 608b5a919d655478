import fc from 'fast-check'
import { type ModelRecord, ModelZone, text } from './model.ts'

/** Few labels, so that names meet. */
const label = fc.constantFrom('a', 'b', 'c', '*')
export const name = fc.array(label, { maxLength: 4 })
const owner = fc.array(label, { minLength: 1, maxLength: 4 })
const target = fc.oneof({ weight: 5, arbitrary: name }, { weight: 1, arbitrary: fc.constant(undefined) })

const pointing = (type: string, prefix = '') =>
  fc.tuple(owner, target).map(
    ([owner, target]): ModelRecord => ({
      owner,
      type,
      data: prefix + (target ? text(target) : 'elsewhere.test.'),
      ...(target && { target }),
    }),
  )
const plain = (type: string, ...data: string[]) =>
  fc.tuple(owner, fc.constantFrom(...data)).map(([owner, data]): ModelRecord => ({ owner, type, data }))

const record = fc.oneof(
  { weight: 4, arbitrary: plain('A', '192.0.2.1', '192.0.2.2') },
  { weight: 2, arbitrary: plain('TXT', '"x"', '"y"') },
  { weight: 1, arbitrary: plain('DS', `1 8 2 ${'12'.repeat(32)}`) },
  { weight: 3, arbitrary: pointing('CNAME') },
  { weight: 2, arbitrary: pointing('NS') },
  { weight: 2, arbitrary: pointing('DNAME') },
  { weight: 1, arbitrary: pointing('MX', '10 ') },
)

const APEX: readonly ModelRecord[] = [
  { owner: [], type: 'SOA', data: 'ns.example. h.example. 1 2 3 4 60' },
  { owner: [], type: 'NS', data: 'a.example.', target: ['a'] },
]

/** Makes of any records a zone that can be loaded, with sets together as an answer has them. */
function sane(records: readonly ModelRecord[]): ModelZone {
  const kept: ModelRecord[] = [...APEX]
  for (const one of records) {
    const there = kept.filter((other) => text(other.owner) === text(one.owner))
    const isSame = (other: ModelRecord): boolean => other.type === one.type && other.data === one.data
    const isSingle = one.type === 'CNAME' || there.some((other) => other.type === 'CNAME')
    if (isSingle && there.length > 0) continue
    if (one.type === 'DNAME' && there.some((other) => other.type === 'DNAME')) continue
    // What NS records at a wildcard mean is said nowhere (RFC 4592 §4.2).
    if (one.type === 'NS' && one.owner.at(-1) === '*') continue
    if (!there.some(isSame)) kept.push(one)
  }
  return new ModelZone(kept)
}

/** A zone of a few names that get in each other's way. */
export const zone = fc.array(record, { minLength: 1, maxLength: 14 }).map(sane)
export const type = fc.constantFrom('A', 'TXT', 'NS', 'DS', 'CNAME', 'DNAME', 'MX', 'SOA')
