import { definePlugin } from '../../plugin.ts'
import { Loop } from './loop.ts'

/** `loop`: ends the server when what it forwards comes back to it. */
export const plugin = definePlugin({
  name: 'loop',
  directive: { args: [], once: true },
  runtimes: { workers: 'ignored', why: 'a Worker cannot send to itself' },
  setup(_uses, block) {
    const { runtime } = block
    const found = (reason: string): void => (runtime.fail ? runtime.fail(reason) : runtime.log.error(reason))
    return new Loop(block.zones[0], (query) => block.resolve(query), found)
  },
})
