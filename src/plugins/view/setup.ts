import { View } from '../../capabilities.ts'
import { required, some } from '../../corefile/spec.ts'
import { word } from '../../corefile/values.ts'
import { QUERY_TYPES } from '../../expr/query.ts'
import { expressionOf } from '../../expr/words.ts'
import { findLabel, Metadata } from '../../metadata.ts'
import { definePlugin } from '../../plugin.ts'
import { ViewExpressions } from './view.ts'

/** `view NAME { expr EXPRESSION }`: which queries the server block is for. */
export const plugin = definePlugin({
  name: 'view',
  directive: {
    args: [required('name', word)],
    properties: { expr: { args: [some('expression', word)], repeat: true } },
    once: true,
  },
  setup([use], block) {
    const { name } = use.args
    const expressions = use.all('expr').map((property) => expressionOf(property.tokens, QUERY_TYPES, property))
    block.provide(
      View,
      new ViewExpressions(name, expressions, (query, label) => findLabel(block, label)?.(query) ?? ''),
    )
    block.provide(Metadata, { name: 'view/name', value: () => name })
    return { name: 'view' }
  },
})
