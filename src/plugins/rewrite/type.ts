import type { ValueType } from '../../corefile/spec.ts'
import { rrclass, rrtype } from '../../corefile/values.ts'
import type { Apply } from './rule.ts'
import type { Words } from './words.ts'

/** `type FROM TO` */
export const typeRule = (words: Words): Apply => codeRule('type', rrtype, words)

/** `class FROM TO` */
export const classRule = (words: Words): Apply => codeRule('class', rrclass, words)

function codeRule(field: 'type' | 'class', type: ValueType<number>, words: Words): Apply {
  const from = words.value('from', type)
  const to = words.value('to', type)
  return ({ query }) => (query[field] === from ? { query: query.with({ [field]: to }), responses: [] } : undefined)
}
