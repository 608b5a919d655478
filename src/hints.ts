import { type Key, key } from './key.ts'

/** Hints that any plugin may leave on a query for those that come later. */

/** Aborted when nobody waits for the query's answer any more: `cancel`. Plugins that wait for others should heed it. */
export const Cancelled: Key<AbortSignal> = key('cancel/signal')
