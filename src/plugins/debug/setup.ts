import { Debug } from '../../capabilities.ts'
import { definePlugin } from '../../plugin.ts'

/** `debug`: failures are logged with their stack. */
export const plugin = definePlugin({
  name: 'debug',
  directive: { args: [] },
  setup(_uses, block) {
    block.provide(Debug, true)
    return { name: 'debug' }
  },
})
