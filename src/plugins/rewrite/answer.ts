import { WireError } from '../../dns/error.ts'
import type { Name } from '../../dns/name.ts'
import type { Reply } from '../../reply.ts'
import { labelsBefore, withEnd } from './ends.ts'
import { changeOwner, changeSets, changeTargets, type NameChange, type SetChange } from './sections.ts'

/** What a rule does to the names of a reply. */
export type ReplyChange = (reply: Reply) => Reply

/** Changes the owners of a reply's records. */
export const ownersBy = (change: NameChange): ReplyChange => changing((set) => changeOwner(set, change))

/** Changes the names in the data of a reply's records. */
export const targetsBy = (change: NameChange): ReplyChange => changing((set) => changeTargets(set, change))

/** Changes both. */
export const namesBy = (change: NameChange): ReplyChange =>
  changing((set) => changeTargets(changeOwner(set, change), change))

/** What was validated is no longer what is sent. */
function changing(change: SetChange): ReplyChange {
  return (reply) => {
    const changed = changeSets(reply, change)
    return changed === reply || !changed.ad ? changed : changed.with({ ad: false })
  }
}

/** From the name that was asked for in its place back to the one that the client asked for; names below as well. */
export function back(from: Name, to: Name): NameChange {
  return (octets, at) => {
    const labels = labelsBefore(octets, at, from)
    if (labels === 0) return to
    // What would be too long stays what it is.
    return labels < 0 ? undefined : withEnd(octets, at, labels, to)
  }
}

/** Names that do not come out as such stay what they are. */
export function whereItCan(change: NameChange): NameChange {
  return (octets, at) => {
    try {
      return change(octets, at)
    } catch (error) {
      if (error instanceof WireError) return undefined
      throw error
    }
  }
}
