import type { ValueType } from '../../corefile/spec.ts'
import { rrclass, rrtype } from '../../corefile/values.ts'
import type { Effect } from './rule.ts'
import type { Words } from './words.ts'

/** `type FROM TO` */
export const typeRule = (words: Words): Effect => codeRule('type', rrtype, words)

/** `class FROM TO` */
export const classRule = (words: Words): Effect => codeRule('class', rrclass, words)

function codeRule(field: 'type' | 'class', type: ValueType<number>, words: Words): Effect {
  const from = words.value('from', type)
  const to = words.value('to', type)
  const patch = { [field]: to }
  return { ask: (query) => (query[field] === from ? query.with(patch) : undefined) }
}
