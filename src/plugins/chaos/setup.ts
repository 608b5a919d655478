import { optional, rest } from '../../corefile/spec.ts'
import { word } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { VERSION } from '../../version.ts'
import { Chaos } from './chaos.ts'

/** `chaos [VERSION] [AUTHORS…]`: tells version, authors and host name in class CH. */
export const plugin = definePlugin({
  name: 'chaos',
  directive: { args: [optional('version', word), rest('authors', word)] },
  setup(uses, block) {
    const { version = `coredge-${VERSION}`, authors } = uses[0].args
    return new Chaos({
      version,
      authors: authors.length > 0 ? authors : ['The coredge authors'],
      host: block.runtime.hostname ?? 'localhost',
    })
  },
})
