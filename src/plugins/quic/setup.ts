import { required } from '../../corefile/spec.ts'
import { integer } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'

const WHY = 'Node has no QUIC, and Workers are reached over HTTPS alone'

/** `quic`: limits of DNS over QUIC, of which there is no listener. Read for the sake of Corefiles that have it. */
export const plugin = definePlugin({
  name: 'quic',
  directive: {
    args: [],
    properties: {
      max_streams: { args: [required('number', integer({ min: 1 }))] },
      worker_pool_size: { args: [required('number', integer({ min: 1 }))] },
    },
    once: true,
  },
  runtimes: { node: 'ignored', workers: 'ignored', why: WHY },
  setup: () => ({ name: 'quic' }),
})
