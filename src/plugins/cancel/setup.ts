import { durationText } from '../../corefile/duration.ts'
import { Complaint, optional, type ValueType } from '../../corefile/spec.ts'
import { duration } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { Cancel } from './cancel.ts'

/** Stub resolvers wait for 5 seconds. */
const DEFAULT_TIMEOUT = 5001

const timeout: ValueType<number> = {
  label: 'duration',
  parse(text) {
    const milliseconds = duration.parse(text)
    if (milliseconds === 0) throw new Complaint('must be positive')
    return milliseconds
  },
}

/** `cancel [TIMEOUT]`: gives up on queries that take too long. */
export const plugin = definePlugin({
  name: 'cancel',
  directive: { args: [optional('timeout', timeout)] },
  setup(uses) {
    const milliseconds = uses.at(-1)!.args.timeout ?? DEFAULT_TIMEOUT
    return new Cancel(milliseconds, `no answer within ${durationText(milliseconds)}`)
  },
})
