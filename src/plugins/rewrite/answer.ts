import { foldedText, isWithin, joinNames, MAX_NAME, type Name, parseName, sameName } from '../../dns/name.ts'
import type { ResponseRule } from './rule.ts'
import { changeSets, changeValues } from './sections.ts'

/** What a name in a reply becomes; the same one where it is not concerned. */
export type NameChange = (name: Name) => Name

/** Changes the owners of a reply's records. What was validated is no longer what is sent. */
export function changeOwners(change: NameChange): ResponseRule {
  return (reply) => {
    const changed = changeSets(reply, (rrset) => {
      const owner = change(rrset.owner)
      return owner === rrset.owner ? rrset : rrset.withOwner(owner)
    })
    return changed === reply ? reply : changed.with({ ad: false })
  }
}

/** Changes the names in the data of a reply's records. */
export function changeTargets(change: NameChange): ResponseRule {
  return (reply) => {
    const changed = changeSets(reply, (rrset) => changeValues(rrset, change))
    return changed === reply ? reply : changed.with({ ad: false })
  }
}

/** From the name that was asked for in its place back to the one that the client asked for; names below as well. */
export function back(from: Name, to: Name): NameChange {
  return (name) => {
    if (!isWithin(name, from)) return name
    if (sameName(name, from)) return to
    const labels = name.subarray(0, name.length - from.length)
    // What would be too long stays what it is.
    return labels.length + to.length <= MAX_NAME ? joinNames(labels, to) : name
  }
}

/** By a name's text in small letters; undefined leaves it as it is. Names that do not come out as such stay, too. */
export function byText(change: (text: string) => string | undefined): NameChange {
  return (name) => {
    const text = change(foldedText(name))
    return (text === undefined ? undefined : attempt(text)) ?? name
  }
}

function attempt(text: string): Name | undefined {
  try {
    return parseName(text)
  } catch {
    return undefined
  }
}
