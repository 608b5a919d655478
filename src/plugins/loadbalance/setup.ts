import { optional, required, rest, type Use } from '../../corefile/spec.ts'
import { didYouMean } from '../../corefile/suggest.ts'
import { cidr, duration, fileName, oneOf } from '../../corefile/values.ts'
import { filePath } from '../../filepath.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { WatchedFile } from '../../watchedfile.ts'
import { LoadBalance } from './loadbalance.ts'
import { Weights } from './weights.ts'

const DEFAULT_RELOAD = 30_000

const directive = {
  args: [optional('policy', oneOf(['round_robin', 'weighted'])), optional('weightfile', fileName)],
  properties: {
    reload: { args: [required('interval', duration)], repeat: true },
    prefer: { args: [rest('networks', cidr)], repeat: true },
  },
} as const

/** `loadbalance`: the order of addresses changes from reply to reply. */
export const plugin = definePlugin({
  name: 'loadbalance',
  directive,
  setup(uses, block) {
    const use = uses.at(-1)!
    const prefer = uses.flatMap((use) => use.all('prefer')).flatMap((property) => property.args.networks)
    return new LoadBalance({ weights: weightsOf(use, block), prefer })
  },
})

function weightsOf(use: Use<typeof directive>, block: Block): Weights | undefined {
  const { policy, weightfile } = use.args
  if (!policy && weightfile) {
    const hint = didYouMean(weightfile, ['round_robin', 'weighted'])
    throw use.error(`policy must be round_robin or weighted${hint}, got "${weightfile}"`, use.tokens[0])
  }
  if (policy !== 'weighted') {
    if (weightfile) throw use.error(`round_robin takes no file, got "${weightfile}"`, use.tokens[1])
    if (use.has('reload')) throw use.error('reload is for weighted only', use.get('reload')!.at)
    return undefined
  }
  if (!weightfile) throw use.error('weightfile is missing (loadbalance weighted WEIGHTFILE)')
  const interval = use.get('reload')?.args.interval ?? DEFAULT_RELOAD
  const weights: Weights = new Weights(
    new WatchedFile('loadbalance', {
      runtime: block.runtime,
      path: filePath(block, weightfile),
      interval,
      apply: (content) => weights.read(content),
    }),
    interval > 0 ? (message) => block.warn(`loadbalance: ${message}`, use.at) : undefined,
  )
  return weights
}
