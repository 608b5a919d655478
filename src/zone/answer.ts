import { RCODE } from '../dns/constants.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Query } from '../query.ts'
import { DROPPED, Reply } from '../reply.ts'
import { addAddresses } from './additional.ts'
import { type Leaving, lookup } from './lookup.ts'
import { NODE, NONE, type ZoneView } from './view.ts'

/** Asks for a name of which the zone knows nothing. */
export type Resolve = (query: Query) => Reply | Promise<Reply>

/** Answers from a zone; where an alias leads out of it, `resolve` is asked for the rest. Synchronous where `resolve` is. */
export function answerFrom(view: ZoneView, query: Query, resolve: Resolve): Reply | Promise<Reply> {
  const outcome = lookup(view, query)
  if (outcome instanceof Reply) return outcome
  const rest = resolve(query.with({ name: outcome.target }))
  const join = (found: Reply): Reply => joined(view, query, outcome, found)
  return rest instanceof Promise ? rest.then(join) : join(rest)
}

/** The zone's part of the answer and what was found at the end of the alias chain. */
function joined(view: ZoneView, query: Query, { reply: own }: Leaving, found: Reply): Reply {
  const { top } = view
  const missing = own.rcode === RCODE.NXDOMAIN
  if (missing && found.answer.length === 0 && found.rcode !== RCODE.NOERROR) return own
  const answer = [...own.answer, ...found.answer]
  // RFC 6604 §3: the rcode is that of the last name in the chain.
  if (found === DROPPED || found.rcode === RCODE.SERVFAIL)
    return own.with({ rcode: RCODE.SERVFAIL, answer, options: found.options })
  if (found.rcode === RCODE.NXDOMAIN || (found.rcode === RCODE.NOERROR && found.answer.length === 0)) {
    const ours = query.dnssecOk ? top.negativeSigned : top.negative
    const authority = found.authority.length > 0 ? found.authority : ours
    return own.with({ rcode: found.rcode, answer, authority, additional: found.additional })
  }
  const additional: RRset[] = [...own.additional]
  for (const set of found.answer) addAddresses(view, set, query.dnssecOk, additional)
  const authority = missing ? (query.dnssecOk ? top.nsSigned : top.ns) : own.authority
  return own.with({ rcode: RCODE.NOERROR, answer, authority, additional })
}

/** Does the zone say that the name itself is not there? Then `fallthrough` lets others have a look. */
export function isNowhere(view: ZoneView, query: Query, reply: Reply): boolean {
  if (reply.answer.length > 0 || !reply.aa) return false
  if (reply.rcode === RCODE.NXDOMAIN) return true
  // Empty non-terminals count as absent for `fallthrough`, as with CoreDNS.
  const node = reply.rcode === RCODE.NOERROR ? view.find(query.name, 0) : NONE
  return node !== NONE && (view.flags(node) & NODE.EMPTY) !== 0
}
