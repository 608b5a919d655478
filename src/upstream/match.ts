import { RCODE } from '../dns/constants.ts'
import { HEADER } from '../dns/header.ts'
import { FOLD } from '../dns/name.ts'

/**
 * Is `answer` a response to `query`, going by all but the id (RFC 5452 §9.1)? The question must come back as it was asked;
 * servers may change the case of its name, as some do, since ours carries no hidden bits in it.
 */
export function answersQuery(answer: Uint8Array, query: Uint8Array): boolean {
  if (answer.length < HEADER || (answer[2] & 0x80) === 0) return false
  if ((answer[2] & 0x78) !== (query[2] & 0x78)) return false
  if (isBareFormerr(answer)) return true
  if (answer[4] !== 0 || answer[5] !== 1) return false
  let at = HEADER
  while (query[at] !== 0) at += query[at] + 1
  const end = at + 5
  if (answer.length < end) return false
  for (let i = HEADER; i <= at; i++) if (answer[i] !== query[i] && FOLD[answer[i]] !== FOLD[query[i]]) return false
  for (let i = at + 1; i < end; i++) if (answer[i] !== query[i]) return false
  return true
}

/** All that servers older than EDNS may send: they do not give back a question that they could not read (RFC 6891 §7). */
function isBareFormerr(answer: Uint8Array): boolean {
  return answer.length === HEADER && answer[4] === 0 && answer[5] === 0 && (answer[3] & 15) === RCODE.FORMERR
}
