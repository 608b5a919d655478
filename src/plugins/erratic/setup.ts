import { SearchPaths } from '../../capabilities.ts'
import { optional, rest } from '../../corefile/spec.ts'
import { duration, integer, word } from '../../corefile/values.ts'
import { parseName } from '../../dns/name.ts'
import { definePlugin } from '../../plugin.ts'
import { Erratic } from './erratic.ts'

/** For `autopath @erratic`. */
const SEARCH_PATH = [parseName('a.example.org.'), parseName('b.example.org.')]

const amount = optional('amount', integer({ max: 0x7fff_ffff }))

/** `erratic`: a server that misbehaves, to try out clients. */
export const plugin = definePlugin({
  name: 'erratic',
  part: 'answer',
  directive: {
    // CoreDNS reads over arguments, and some Corefiles name a zone.
    args: [rest('ignored', word)],
    properties: {
      drop: { args: [amount], repeat: true },
      truncate: { args: [amount], repeat: true },
      delay: { args: [amount, optional('duration', duration)], repeat: true },
      large: { args: [], repeat: true },
    },
    once: true,
  },
  setup([use], block) {
    block.provide(SearchPaths, { plugin: 'erratic', of: () => SEARCH_PATH })
    const [drop, truncate, delay] = [use.get('drop'), use.get('truncate'), use.get('delay')]
    // One that is only to delay or truncate drops nothing.
    const dropsByDefault = drop !== undefined || (!truncate && !delay)
    return new Erratic({
      drop: drop?.args.amount ?? (dropsByDefault ? 2 : 0),
      truncate: truncate ? (truncate.args.amount ?? 2) : 0,
      delay: delay ? (delay.args.amount ?? 2) : 0,
      duration: delay?.args.duration ?? 100,
      large: use.has('large'),
    })
  },
})
