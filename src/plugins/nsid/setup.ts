import { ReplyOptions } from '../../capabilities.ts'
import { rest } from '../../corefile/spec.ts'
import { word } from '../../corefile/values.ts'
import { OPTION } from '../../dns/edns.ts'
import { definePlugin } from '../../plugin.ts'

/** An identifier longer than this leaves too little room for answers. Octets. */
const MAX_LENGTH = 255

/** `nsid [DATA]`: names the server to clients that ask (RFC 5001). */
export const plugin = definePlugin({
  name: 'nsid',
  directive: { args: [rest('data', word)], once: true },
  setup([use], block) {
    const words = use.args.data
    const text = words.length > 0 ? words.join(' ') : (block.runtime.hostname ?? 'localhost')
    const data = new TextEncoder().encode(text)
    if (data.length > MAX_LENGTH) throw use.error(`must be at most ${MAX_LENGTH} octets, got "${text.slice(0, 40)}…"`)
    const option = { code: OPTION.NSID, data }
    // RFC 5001 §2.1: never without being asked.
    block.provide(ReplyOptions, (query) => (query.option(OPTION.NSID) ? option : undefined))
    return { name: 'nsid' }
  },
})
