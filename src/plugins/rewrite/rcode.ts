import type { ValueType } from '../../corefile/spec.ts'
import { integer, rcode } from '../../corefile/values.ts'
import { KINDS, matchOf } from './match.ts'
import type { Effect } from './rule.ts'
import type { Words } from './words.ts'

/** By name or number. */
const code: ValueType<number> = {
  label: 'response code',
  parse: (text) => (/^\d+$/.test(text) ? integer({ max: 23 }).parse(text) : rcode.parse(text)),
}

/** `rcode [KIND] NAME FROM TO` */
export function rcodeRule(words: Words): Effect {
  const kind = words.left === 3 ? 'exact' : words.oneOf('match', KINDS)
  const match = words.parse('name', words.next('name'), (text) => matchOf(kind, text))
  const from = words.value('from', code)
  const to = words.value('to', code)
  return {
    ask: (query) => (match.test(query.name, 0) ? query : undefined),
    answer: (reply) => (reply.rcode === from ? reply.with({ rcode: to }) : reply),
  }
}
