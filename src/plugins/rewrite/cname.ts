import { TYPE } from '../../dns/constants.ts'
import { foldedText, type Name, parseName } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import { after, type Handler } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import { KINDS, targetMatchOf, targetPart } from './match.ts'
import { type Apply, onlyResponse } from './rule.ts'
import type { Words } from './words.ts'

/** `cname [KIND] FROM TO`: aliases in replies lead elsewhere. `resolve` finds what is there. */
export function cnameRule(words: Words, resolve: Handler): Apply {
  const kind = words.left === 2 ? 'exact' : words.oneOf('match', KINDS)
  const match = words.parse('from', words.next('from'), (text) => targetMatchOf(kind, text))
  const to = targetPart(kind, words.next('to').text)
  const change = (target: Name): Name | undefined => {
    const text = match.rewrite(foldedText(target), to)
    return text === undefined ? undefined : parseName(text)
  }
  return ({ query }) => onlyResponse(query, (reply) => redirect(query, reply, change, resolve))
}

/** The aliases up to the one that is changed stay; what was behind it is what the new target gives. */
function redirect(
  query: Query,
  reply: Reply,
  change: (target: Name) => Name | undefined,
  resolve: Handler,
): Reply | Promise<Reply> {
  if (reply === DROPPED) return reply
  const at = reply.answer.findIndex((rrset) => rrset.type === TYPE.CNAME && change(rrset.rdata()[0]) !== undefined)
  if (at < 0) return reply
  const alias = reply.answer[at]
  const target = change(alias.rdata()[0])!
  const kept = reply.answer.slice(0, at).filter((rrset) => rrset.type === TYPE.CNAME)
  const changed = RRset.of(alias.owner, TYPE.CNAME, alias.ttl, [target], alias.class)
  return after(resolve(query.with({ name: target })), (found) => {
    if (found === DROPPED) return reply
    // The code and the denial are those of the last name in the chain (RFC 6604 §2.1).
    const { rcode, tc, authority, additional } = found
    return reply.with({ answer: [...kept, changed, ...found.answer], authority, additional, rcode, tc, ad: false })
  })
}
