import { type Name, nameText, parseName } from '../../dns/name.ts'
import { recordTexts } from '../../dns/presentation.ts'
import { NodeFiles } from '../../runtime/node-files.ts'
import { entriesOf } from '../../store/entries.ts'
import { above, nameOf, ownerPath } from '../../store/owner.ts'
import { isPage, pageText } from '../../store/pages.ts'
import { hashesOn } from '../../store/proofs.ts'
import { recordsOf } from '../../store/records.ts'
import { EMPTY, type Entry, ValueError, type ZoneStore } from '../../store/store.ts'
import { compileZone } from '../../zone/compile.ts'
import { ZoneError, ZoneErrors } from '../../zone/error.ts'
import { describeError } from '../errors.ts'

/** `coredge zone check FILE ORIGIN`. Returns the exit code. */
export async function checkFile(file: string, origin: string): Promise<number> {
  try {
    const { warnings, top } = await new NodeFiles().zone(file, parseName(origin))
    for (const warning of warnings) console.error(`warning: ${warning}`)
    if (top.negative.length === 0) throw new ZoneError(`no SOA record for the zone ${origin}`, file)
    console.log(`${file}: no mistakes`)
    return 0
  } catch (error) {
    for (const line of describeError(error)) console.error(line)
    return 1
  }
}

/** `coredge zone check ORIGIN` of a store: its values, its empty non-terminals, and the zone that they make. Returns the exit code. */
export async function checkStored(store: ZoneStore, apex: Name): Promise<number> {
  const entries = new Map<string, Entry>()
  const pages = new Map<string, string>()
  for await (const entry of store.entries(apex)) {
    const { owner, value } = entry
    if (isPage(owner)) pages.set(pageText(owner), value)
    for (const one of isPage(owner) ? hashesOn(value) : [entry]) entries.set(ownerPath(one.owner), one)
  }
  const problems: string[] = []
  const lines: string[] = []
  for (const { owner, value } of entries.values()) {
    const name = nameOf(owner, apex)
    try {
      const { sets, complaints } = recordsOf(value, name)
      for (const complaint of complaints) problems.push(`${nameText(name)} ${complaint}`)
      lines.push(...sets.flatMap(recordTexts))
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      problems.push(`${nameText(name)} ${error.message}`)
    }
  }
  if (!store.findsEmpty) problems.push(...emptyProblems(entries, apex))
  problems.push(...zoneProblems(lines, apex, pages))
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log(`${nameText(apex)}: no mistakes`)
  return problems.length === 0 ? 0 : 1
}

/** Empty non-terminals that are missing, or have nothing below any more. */
function emptyProblems(entries: ReadonlyMap<string, Entry>, apex: Name): string[] {
  const problems: string[] = []
  const parents = new Set<string>()
  for (const { owner } of entries.values()) {
    for (let name = above(owner); name.length > 0; name = above(name)) {
      const path = ownerPath(name)
      if (parents.has(path)) break
      parents.add(path)
      if (!entries.has(path)) problems.push(`${nameText(nameOf(name, apex))} is missing, and names are below it`)
    }
  }
  for (const [path, { owner, value }] of entries)
    if (value === EMPTY && !parents.has(path) && owner.length > 0)
      problems.push(`${nameText(nameOf(owner, apex))} is there without records or names below it`)
  return problems
}

/** What is wrong with the zone by the rules of zone files, and with what it proves. */
function zoneProblems(lines: readonly string[], apex: Name, pages: ReadonlyMap<string, string>): string[] {
  try {
    const text = new TextEncoder().encode(`${lines.join('\n')}\n`)
    const image = compileZone(text, { origin: apex, file: nameText(apex) })
    for (const warning of image.warnings) console.error(`warning: ${warning.replace(/^[^ ]*: /, '')}`)
    const wanted = [...entriesOf(image)].filter(({ owner }) => isPage(owner))
    const isSame =
      wanted.length === pages.size && wanted.every(({ owner, value }) => pages.get(pageText(owner)) === value)
    return isSame ? [] : [`${nameText(apex)} has other proofs of what is absent than its records make: import it again`]
  } catch (error) {
    if (error instanceof ZoneErrors) return error.errors.map(({ reason }) => reason)
    throw error
  }
}
