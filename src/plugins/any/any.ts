import { CLASS, TYPE } from '../../dns/constants.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Handler } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

/** RFC 8482 §4.2: an HINFO record in place of all there is. */
export function any(query: Query, next: Handler): Reply | Promise<Reply> {
  if (query.type !== TYPE.ANY || query.class !== CLASS.IN) return next(query)
  return query.reply({ answer: [RRset.of(query.name, TYPE.HINFO, 8482, [HINFO])] })
}

const HINFO = new TextEncoder().encode('\x0dANY obsoleted\x0cSee RFC 8482')
