import { required } from '../../corefile/spec.ts'
import { integer } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'

const WHY = 'there is no listener for DNS over gRPC'

/** `grpc_server`: limits of DNS over gRPC, of which there is no listener. Read for the sake of Corefiles that have it. */
export const plugin = definePlugin({
  name: 'grpc_server',
  directive: {
    args: [],
    properties: {
      max_streams: { args: [required('number', integer({ min: 0 }))] },
      max_connections: { args: [required('number', integer({ min: 0 }))] },
    },
    once: true,
  },
  runtimes: { node: 'ignored', workers: 'ignored', why: WHY },
  setup: () => ({ name: 'grpc_server' }),
})
