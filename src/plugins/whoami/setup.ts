import { definePlugin } from '../../plugin.ts'
import { whoami } from './whoami.ts'

/** `whoami`: tells clients their address and port. */
export const plugin = definePlugin({
  name: 'whoami',
  part: 'answer',
  directive: { args: [] },
  setup: () => ({ name: 'whoami', serve: whoami }),
})
