import { TYPE } from './dns/constants.ts'
import { type MessageWriter, SECTION } from './dns/messagewriter.ts'
import { isWithin, type Name, sameName } from './dns/name.ts'
import { RecurringSets } from './dns/passage.ts'
import type { RRset } from './dns/rrset.ts'
import type { Reply } from './reply.ts'

const recurring = new WeakMap<readonly RRset[], RecurringSets>()

/** Tells of authority sections that most replies of a zone have alike, so that their names are compressed once. */
export function recur(sets: readonly RRset[]): readonly RRset[] {
  if (sets.length > 0) recurring.set(sets, new RecurringSets(sets))
  return sets
}

/**
 * Writes a reply's sections as far as they fit, cut at record set boundaries. False: something is missing that the client
 * needs, so that TC is due (RFC 2181 §9). What it can do without is left out in silence.
 */
export function writeSections(writer: MessageWriter, reply: Reply): boolean {
  return (
    writeAll(writer, SECTION.ANSWER, reply.answer) && writeAuthority(writer, reply) && writeAdditional(writer, reply)
  )
}

/** Writes sets one after the other. False: one did not fit, and those behind it were not tried. */
function writeAll(writer: MessageWriter, section: number, sets: readonly RRset[]): boolean {
  for (let i = 0, end = 0; i < sets.length; i = end) {
    end = signedEnd(sets, i)
    if (!writer.rrsets(section, sets, i, end)) return false
  }
  return true
}

/** Where the set at `i` ends with its signatures, which come and go with it (RFC 4035 §3.1.1). */
function signedEnd(sets: readonly RRset[], i: number): number {
  let end = i + 1
  while (end < sets.length && sets[end].type === TYPE.RRSIG && sameName(sets[end].owner, sets[i].owner)) end++
  return end
}

/** Beside an answer the zone's name servers are a courtesy. Proofs are not (RFC 4035 §3.1.3.3), so they go first. */
function writeAuthority(writer: MessageWriter, { answer, authority, additional }: Reply): boolean {
  const sets = writer.isPlain && additional.length === 0 ? recurring.get(authority) : undefined
  if (sets && writer.recurring(SECTION.AUTHORITY, sets)) return true
  if (answer.length === 0) return writeAll(writer, SECTION.AUTHORITY, authority)
  if (!writeServers(writer, authority, false)) return false
  writeServers(writer, authority, true)
  return true
}

/** Writes the name servers in an authority section, or everything but them. False: one set did not fit. */
function writeServers(writer: MessageWriter, authority: readonly RRset[], areMeant: boolean): boolean {
  for (let i = 0, end = 0; i < authority.length; i = end) {
    end = signedEnd(authority, i)
    if ((authority[i].type === TYPE.NS) !== areMeant) continue
    if (!writer.rrsets(SECTION.AUTHORITY, authority, i, end)) return false
  }
  return true
}

/** A client can ask for additional records. Not so for addresses of a child zone's servers inside it (RFC 9471 §3.1). */
function writeAdditional(writer: MessageWriter, reply: Reply): boolean {
  const { additional } = reply
  const child = additional.length > 0 ? childOf(reply) : undefined
  if (!child) {
    writeAll(writer, SECTION.ADDITIONAL, additional)
    return true
  }
  const others: RRset[] = []
  for (let i = 0, end = 0; i < additional.length; i = end) {
    end = signedEnd(additional, i)
    if (!isWithin(additional[i].owner, child)) others.push(...additional.slice(i, end))
    else if (!writer.rrsets(SECTION.ADDITIONAL, additional, i, end)) return false
  }
  writeAll(writer, SECTION.ADDITIONAL, others)
  return true
}

/** The child zone that a referral leads to; undefined where the reply is none. */
function childOf({ answer, authority }: Reply): Name | undefined {
  if (answer.length > 0) return undefined
  return authority.find((set) => set.type === TYPE.NS)?.owner
}
