import { required, some } from '../../corefile/spec.ts'
import { oneOf } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { Header, type HeaderRule } from './header.ts'

const rule = [required('action', oneOf(['set', 'clear'])), some('flags', oneOf(['aa', 'ra', 'rd']))] as const

/** `header`: sets and clears header flags of queries and replies. */
export const plugin = definePlugin({
  name: 'header',
  directive: {
    args: [],
    properties: { query: { args: rule, repeat: true }, response: { args: rule, repeat: true } },
  },
  setup(uses) {
    return uses.map((use) => {
      const rulesOf = (property: 'query' | 'response'): HeaderRule[] =>
        use.all(property).flatMap(({ args }) => args.flags.map((flag) => ({ flag, on: args.action === 'set' })))
      const rules = { query: rulesOf('query'), response: rulesOf('response') }
      if (rules.query.length + rules.response.length === 0) throw use.error('must have a query or response line')
      return new Header(rules)
    })
  },
})
