import { UdpSize } from '../../capabilities.ts'
import { optional } from '../../corefile/spec.ts'
import { integer } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'

/** DNS Flag Day 2020: fits any path of today without fragments. */
const DEFAULT_SIZE = 1232

/** `bufsize [SIZE]`: the most octets of a reply over UDP. */
export const plugin = definePlugin({
  name: 'bufsize',
  directive: { args: [optional('size', integer({ min: 512, max: 4096 }))] },
  setup(uses, block) {
    block.provide(UdpSize, uses[0].args.size ?? DEFAULT_SIZE)
    return { name: 'bufsize' }
  },
})
