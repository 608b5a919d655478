import { definePlugin } from '../../plugin.ts'
import { minimal } from './minimal.ts'

/** `minimal`: answers without what goes beyond the question. */
export const plugin = definePlugin({
  name: 'minimal',
  directive: { args: [] },
  setup: () => ({ name: 'minimal', serve: minimal }),
})
