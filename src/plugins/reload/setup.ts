import { ReloadInterval } from '../../capabilities.ts'
import { optional } from '../../corefile/spec.ts'
import { duration, durationWithin } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { ReloadFigures } from './figures.ts'

const DEFAULT_INTERVAL = 30_000
const DEFAULT_JITTER = 15_000
const MIN_JITTER = 1000

/** `reload [INTERVAL] [JITTER]`: the Corefile is read again when it changes. */
export const plugin = definePlugin({
  name: 'reload',
  directive: {
    args: [optional('interval', durationWithin({ min: 2000 })), optional('jitter', duration)],
    once: true,
  },
  runtimes: { workers: 'ignored', why: 'a deployed configuration changes by deploying again' },
  setup([use], block) {
    const { interval = DEFAULT_INTERVAL, jitter = DEFAULT_JITTER } = use.args
    if (jitter > 0 && jitter < MIN_JITTER)
      throw use.error(`jitter must be 0s or at least 1s, got "${use.tokens[1].text}"`, use.tokens[1])
    const figures = new ReloadFigures(block.metrics)
    block.provide(ReloadInterval, {
      interval,
      jitter: Math.min(jitter, interval / 2),
      failed: () => figures.failed(),
      inUse: (hash) => figures.inUse(hash),
    })
    return { name: 'reload', stop: () => figures.stop() }
  },
})
