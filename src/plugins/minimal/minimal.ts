import { after, type Handler } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import { typify } from '../../response.ts'

/** Takes authority and additional records away from positive answers; referrals and denials are made of them. */
export function minimal(query: Query, next: Handler): Reply | Promise<Reply> {
  return after(next(query), (reply) => {
    if (reply === DROPPED || (reply.authority.length === 0 && reply.additional.length === 0)) return reply
    return typify(query, reply) === 'NOERROR' ? reply.with({ authority: [], additional: [] }) : reply
  })
}
