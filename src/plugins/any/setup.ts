import { definePlugin } from '../../plugin.ts'
import { any } from './any.ts'

/** `any`: a short answer to queries for everything (RFC 8482). */
export const plugin = definePlugin({
  name: 'any',
  directive: { args: [] },
  setup: () => ({
    name: 'any',
    serve: any,
    explain: (_query, passes) => (passes ? 'only type ANY is for it' : undefined),
  }),
})
