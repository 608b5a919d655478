import { TYPE } from '../../dns/constants.ts'
import type { Name } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import { after, type Handler } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import { KINDS, targetMatchOf, targetPart } from './match.ts'
import type { Effect } from './rule.ts'
import type { NameChange } from './sections.ts'
import type { Words } from './words.ts'

/** `cname [KIND] FROM TO`: aliases in replies lead elsewhere. `resolve` finds what is there. */
export function cnameRule(words: Words, resolve: Handler): Effect {
  const kind = words.left === 2 ? 'exact' : words.oneOf('match', KINDS)
  const match = words.parse('from', words.next('from'), (text) => targetMatchOf(kind, text))
  const change = match.to(targetPart(kind, words.next('to').text))
  return { ask: (query) => query, answer: (reply, query) => redirect(query, reply, change, resolve) }
}

/** The aliases up to the one that is changed stay; what was behind it is what the new target gives. */
function redirect(query: Query, reply: Reply, change: NameChange, resolve: Handler): Reply | Promise<Reply> {
  let target: Name | undefined
  const at = reply.answer.findIndex((rrset) => {
    // The name is its first record's, behind the length.
    if (rrset.type === TYPE.CNAME) target = change(rrset.data, rrset.start + 2)
    return target !== undefined
  })
  if (target === undefined) return reply
  const alias = reply.answer[at]
  const kept = reply.answer.slice(0, at).filter((rrset) => rrset.type === TYPE.CNAME)
  const changed = RRset.of(alias.owner, TYPE.CNAME, alias.ttl, [target], alias.class)
  return after(resolve(query.with({ name: target })), (found) => {
    if (found === DROPPED) return reply
    // The code and the denial are those of the last name in the chain (RFC 6604 §2.1).
    const { rcode, tc, authority, additional } = found
    return reply.with({ answer: [...kept, changed, ...found.answer], authority, additional, rcode, tc, ad: false })
  })
}
