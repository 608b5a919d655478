import { type Key, key } from '../../key.ts'

/** The upstream that answered a query: metadata `forward/upstream`. */
export const UpstreamUsed: Key<string> = key('forward/upstream')
