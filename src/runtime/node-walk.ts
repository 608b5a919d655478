import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Paths of the files below a folder: see `Files.walk`. Rejects where the folder itself cannot be read. */
export async function walkFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  const found: string[] = []
  for (const entry of entries) {
    const { name } = entry
    if (name.startsWith('.')) continue
    const path = join(folder, name)
    // What cannot be looked into any more has none, as what was removed in between.
    if (entry.isDirectory()) found.push(...(await walkFolder(path).catch(() => [])).map((below) => `${name}/${below}`))
    else if (await isFile(entry, path)) found.push(name)
  }
  return found
}

/** A link is what it leads to; one that leads nowhere counts as a file, so that whoever reads it can tell. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (entry.isFile()) return true
  if (!entry.isSymbolicLink()) return false
  const target = await stat(path).catch(() => undefined)
  return target?.isFile() ?? true
}

/** Two equal stamps of a folder: the same files below it, by their names. */
export async function folderStamp(folder: string): Promise<string> {
  const found = await walkFolder(folder).catch(() => undefined)
  return found ? found.join('\n') : 'missing'
}
