import { required } from '../../corefile/spec.ts'
import { integer } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'

const WHY = "Node has no QUIC; at the edge Cloudflare's front gives HTTP/3 and sets its limits"

/** `https3`: limits of DNS over HTTP/3, of which there is no listener. Read for the sake of Corefiles that have it. */
export const plugin = definePlugin({
  name: 'https3',
  directive: {
    args: [],
    properties: {
      max_streams: { args: [required('number', integer({ min: 0 }))] },
    },
    once: true,
  },
  runtimes: { node: 'ignored', workers: 'ignored', why: WHY },
  setup: () => ({ name: 'https3' }),
})
