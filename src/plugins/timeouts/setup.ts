import { Limits, type ListenerLimits } from '../../capabilities.ts'
import { Complaint, required, type ValueType } from '../../corefile/spec.ts'
import { integer, seconds } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'

const timeout: ValueType<number> = {
  label: 'duration',
  parse(text) {
    const milliseconds = seconds.parse(text)
    if (milliseconds < 1000 || milliseconds > 86_400_000) throw new Complaint('must be between 1s and 24h')
    return milliseconds
  },
}

const queries: ValueType<number> = {
  label: 'number|-1',
  parse(text) {
    const count = integer({ min: Number.NEGATIVE_INFINITY }).parse(text)
    if (count === 0 || count < -1) throw new Complaint('must be positive, or -1 for any number')
    return count === -1 ? Number.POSITIVE_INFINITY : count
  },
}

/** `timeouts`: how long connections may take, and how many queries one may bring. */
export const plugin = definePlugin({
  name: 'timeouts',
  directive: {
    args: [],
    properties: {
      read: { args: [required('duration', timeout)], repeat: true },
      write: { args: [required('duration', timeout)], repeat: true },
      idle: { args: [required('duration', timeout)], repeat: true },
      maxtcpqueries: { args: [required('number', queries)], repeat: true },
    },
  },
  runtimes: { workers: 'ignored', why: 'at the edge the platform keeps the connections' },
  setup(uses, block) {
    for (const use of uses) {
      const limits: ListenerLimits = {
        ...(use.has('read') && { readTimeout: use.get('read')!.args.duration }),
        ...(use.has('write') && { writeTimeout: use.get('write')!.args.duration }),
        ...(use.has('idle') && { idleTimeout: use.get('idle')!.args.duration }),
        ...(use.has('maxtcpqueries') && { maxTcpQueries: use.get('maxtcpqueries')!.args.number }),
      }
      if (Object.keys(limits).length === 0)
        throw use.error('must have at least one of read, write, idle, maxtcpqueries')
      block.provide(Limits, limits)
    }
    return { name: 'timeouts' }
  },
})
