import { rest, type Token, type Use } from '../../corefile/spec.ts'
import { didYouMean } from '../../corefile/suggest.ts'
import { word } from '../../corefile/values.ts'
import { findLabel } from '../../metadata.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { cnameRule } from './cname.ts'
import { edns0Rule } from './edns0.ts'
import { nameRule } from './name.ts'
import { rcodeRule } from './rcode.ts'
import { Rewrite } from './rewrite.ts'
import type { Effect, Rule } from './rule.ts'
import { ttlRule } from './ttl.ts'
import { classRule, typeRule } from './type.ts'
import { Words } from './words.ts'

/** `rewrite [continue|stop] FIELD …`: other questions than the client's, and answers to match. */
export const plugin = definePlugin({
  name: 'rewrite',
  part: 'question',
  directive: { args: [rest('rule', word)], lines: true },
  setup(uses, block) {
    return new Rewrite(uses.map((use) => ruleOf(use, block)))
  },
})

type RewriteUse = Pick<Use, 'tokens' | 'lines' | 'error'>

/** The words may stand in braces, on as many lines as one likes. */
function ruleOf(use: RewriteUse, block: Block): Rule {
  const words = new Words([...use.tokens, ...use.lines.flat()], use)
  const goesOn = words.takes('continue')
  if (!goesOn) words.takes('stop')
  const effect = fieldRule(words.next('field'), words, block)
  words.end()
  return { ...effect, stops: !goesOn }
}

type FieldRule = (words: Words, block: Block) => Effect

const FIELDS: { readonly [field: string]: FieldRule } = {
  name: nameRule,
  type: typeRule,
  class: classRule,
  ttl: ttlRule,
  rcode: rcodeRule,
  cname: (words, block) => cnameRule(words, (query) => block.resolve(query)),
  edns0: (words, block) => edns0Rule(words, (name) => findLabel(block, name)),
}

function fieldRule(field: Token, words: Words, block: Block): Effect {
  const name = field.text.toLowerCase()
  if (Object.hasOwn(FIELDS, name)) return FIELDS[name](words, block)
  if (name === 'answer') throw words.error('answer must follow a name rule', field)
  const fields = Object.keys(FIELDS)
  throw words.error(`field must be one of ${fields.join(', ')}${didYouMean(name, fields)}`, field)
}
