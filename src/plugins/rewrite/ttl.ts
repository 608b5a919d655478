import { Complaint, type ValueType } from '../../corefile/spec.ts'
import { ttl } from '../../corefile/values.ts'
import { KINDS, matchOf } from './match.ts'
import type { Effect } from './rule.ts'
import { changeSets, type SetChange } from './sections.ts'
import type { Words } from './words.ts'

/** Seconds, both inclusive. */
interface Range {
  readonly min: number
  readonly max: number
}

/** RFC 2181 §8. */
const MAX_TTL = 0x7fff_ffff

/** `SECONDS`, `MIN-MAX`, `MIN-` or `-MAX`. */
const range: ValueType<Range> = {
  label: 'seconds or range',
  parse(text) {
    const [low, high, ...more] = text.split('-')
    if (high === undefined) return { min: ttl.parse(low), max: ttl.parse(low) }
    if (more.length > 0 || text === '-') throw new Complaint('must be seconds or a range such as 30-300')
    const min = low === '' ? 0 : ttl.parse(low)
    const max = high === '' ? MAX_TTL : ttl.parse(high)
    if (min > max) throw new Complaint('must not end before it begins')
    return { min, max }
  },
}

/** `ttl [KIND] NAME SECONDS|MIN-MAX` */
export function ttlRule(words: Words): Effect {
  const kind = words.left === 2 ? 'exact' : words.oneOf('match', KINDS)
  const match = words.parse('name', words.next('name'), (text) => matchOf(kind, text))
  const { min, max } = words.value('ttl', range)
  const clamp: SetChange = (rrset) => {
    const seconds = Math.min(Math.max(rrset.ttl, min), max)
    return seconds === rrset.ttl ? rrset : rrset.withTtl(seconds)
  }
  return {
    ask: (query) => (match.test(query.name, 0) ? query : undefined),
    answer: (reply) => changeSets(reply, clamp),
  }
}
