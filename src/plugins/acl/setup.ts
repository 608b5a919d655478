import { Complaint, rest, type Token, type Use, type ValueType } from '../../corefile/spec.ts'
import { didYouMean } from '../../corefile/suggest.ts'
import { network, rrtype, zone } from '../../corefile/values.ts'
import { Networks } from '../../networks.ts'
import { definePlugin } from '../../plugin.ts'
import { Acl, type Action, type Policy } from './acl.ts'
import { aclFigures } from './figures.ts'

const ACTIONS: readonly Action[] = ['allow', 'block', 'filter', 'drop']
const SECTIONS = ['type', 'net']
type Complainer = Pick<Use, 'error'>

/** `acl [ZONES…]`: who may ask what. */
export const plugin = definePlugin({
  name: 'acl',
  part: 'access',
  directive: { args: [rest('zones', zone)], lines: true },
  setup(uses, block) {
    const rules = uses.map((use) => ({
      zones: use.args.zones.length > 0 ? use.args.zones : block.zones,
      policies: use.lines.map((line) => policyOf(line, use)),
    }))
    return new Acl(rules, aclFigures(block))
  },
})

/** `ACTION [type QTYPE…] [net SOURCE…]` */
function policyOf([first, ...words]: readonly Token[], use: Complainer): Policy {
  const action = ACTIONS.find((action) => action === first.text.toLowerCase())
  if (!action)
    throw use.error(
      `action must be allow, block, filter or drop${didYouMean(first.text, ACTIONS)}, got "${first.text}"`,
      first,
    )
  const sections = sectionsOf(words, use)
  const nets = sections.get('net') && valuesOf('net', sections.get('net')!, network, use)
  return {
    action,
    types: sections.get('type') && valuesOf('type', sections.get('type')!, rrtype, use),
    nets: nets && new Networks(nets),
  }
}

/** The words after `type` and after `net`; none of the two may be empty. */
function sectionsOf(words: readonly Token[], use: Complainer): Map<string, Token[]> {
  const sections = new Map<string, Token[]>()
  let current: Token[] | undefined
  for (const [i, word] of words.entries()) {
    const name = word.text.toLowerCase()
    if (SECTIONS.includes(name)) {
      const next = words[i + 1]
      if (!next || SECTIONS.includes(next.text.toLowerCase()))
        throw use.error(`${name} needs something after it, got "${next?.text ?? word.text}"`, next ?? word)
      current = sections.get(name) ?? []
      sections.set(name, current)
    } else if (current) current.push(word)
    else throw use.error(`must have type or net before its words, got "${word.text}"`, word)
  }
  return sections
}

/** Undefined where a `*` says all. */
function valuesOf<T>(
  section: string,
  words: readonly Token[],
  type: ValueType<T>,
  use: Complainer,
): readonly T[] | undefined {
  let all = false
  const values = words.flatMap((word) => {
    if (word.text === '*') {
      all = true
      return []
    }
    try {
      return [type.parse(word.text)]
    } catch (error) {
      if (error instanceof Complaint) throw use.error(`${section} ${error.message}, got "${word.text}"`, word)
      throw error
    }
  })
  return all ? undefined : values
}
