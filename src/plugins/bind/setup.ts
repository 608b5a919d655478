import { Bind } from '../../capabilities.ts'
import { some } from '../../corefile/spec.ts'
import { word } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { addressesOf } from './bind.ts'

/** `bind ADDRESS|IFACE…`: where the block listens. */
export const plugin = definePlugin({
  name: 'bind',
  directive: {
    args: [some('addresses', word)],
    properties: { except: { args: [some('addresses', word)], repeat: true } },
  },
  runtimes: { workers: 'ignored', why: 'at the edge the platform listens' },
  setup(uses, block) {
    if (block.runtime.name === 'workers') return { name: 'bind' }
    for (const use of uses) {
      const except = use.all('except').flatMap((property) => addressesOf(property.tokens, property, block.runtime))
      const addresses = addressesOf(use.tokens, use, block.runtime).filter((address) => !except.includes(address))
      if (addresses.length === 0) throw use.error('leaves no address to listen on')
      block.provide(Bind, { addresses, except: [] })
    }
    return { name: 'bind' }
  },
})
