import { RCODE } from '../dns/constants.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Query } from '../query.ts'
import { DROPPED, Reply } from '../reply.ts'
import { addAddresses } from './additional.ts'
import { whenLoaded } from './loaded.ts'
import { type Leaving, lookup } from './lookup.ts'
import { NODE, NONE, type ZoneView } from './view.ts'

/** Asks for a name of which the zone knows nothing. */
export type Resolve = (query: Query) => Reply | Promise<Reply>

/**
 * Answers from a zone; where an alias leads out of it, `resolve` is asked for the rest. Synchronous where `resolve` is and the
 * view has all that it takes. `look`: the lookup, for a view that wants more done around it.
 */
export function answerFrom(
  view: ZoneView,
  query: Query,
  resolve: Resolve,
  look: () => Reply | Leaving = () => lookup(view, query),
): Reply | Promise<Reply> {
  const outcome = whenLoaded(look)
  if (outcome instanceof Reply) return outcome
  return outcome instanceof Promise
    ? outcome.then((late) => (late instanceof Reply ? late : follow(view, query, late, resolve)))
    : follow(view, query, outcome, resolve)
}

function follow(view: ZoneView, query: Query, leaving: Leaving, resolve: Resolve): Reply | Promise<Reply> {
  const rest = resolve(query.with({ name: leaving.target }))
  const join = (found: Reply): Reply | Promise<Reply> => whenLoaded(() => joined(view, query, leaving, found))
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
export function isNowhere(view: ZoneView, query: Query, reply: Reply): boolean | Promise<boolean> {
  if (reply.answer.length > 0 || !reply.aa) return false
  if (reply.rcode !== RCODE.NOERROR) return reply.rcode === RCODE.NXDOMAIN
  // Empty non-terminals count as absent for `fallthrough`, as with CoreDNS.
  return whenLoaded(() => {
    const node = view.find(query.name, 0)
    return node !== NONE && (view.flags(node) & NODE.EMPTY) !== 0
  })
}
