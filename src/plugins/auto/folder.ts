import type { ConfigError } from '../../corefile/error.ts'
import { type Name, nameText } from '../../dns/name.ts'
import { reasonOf } from '../../reason.ts'
import type { Files } from '../../runtime/runtime.ts'
import type { OriginRule } from './originrule.ts'

/** A folder of zone files. */
export interface Folder {
  readonly path: string
  readonly rule: OriginRule
  /** An error at the folder's place in the Corefile. */
  error(message: string): ConfigError
}

/** A zone file that was found, by where it is. */
export interface Found {
  readonly origin: Name
  readonly path: string
  readonly folder: Folder
}

/** What there is in some folders at one moment. */
export interface Finds {
  /** By origin, as text. */
  readonly zones: Map<string, Found>
  /** Folders that could not be read. */
  readonly unread: Map<Folder, string>
  /** What is odd about the others. */
  readonly complaints: string[]
}

/** Looks for zone files. `wants` tells whether a zone is of any use. Of several files for one zone the first counts. */
export async function findZones(
  files: Files,
  folders: readonly Folder[],
  wants: (origin: Name) => boolean,
): Promise<Finds> {
  const finds: Finds = { zones: new Map(), unread: new Map(), complaints: [] }
  for (const folder of folders) {
    try {
      for (const path of await files.walk(folder.path)) add(files.join(folder.path, path), folder, wants, finds)
    } catch (error) {
      finds.unread.set(folder, reasonOf(error))
    }
  }
  return finds
}

function add(path: string, folder: Folder, wants: (origin: Name) => boolean, finds: Finds): void {
  const origin = originOf(path, folder, finds)
  if (!origin || !wants(origin)) return
  const key = nameText(origin)
  const rival = finds.zones.get(key)
  if (!rival) finds.zones.set(key, { origin, path, folder })
  else if (rival.path !== path)
    finds.complaints.push(`${path} is for zone ${key} as ${rival.path} is, and not looked at`)
}

function originOf(path: string, { rule }: Folder, { complaints }: Finds): Name | undefined {
  try {
    return rule.originOf(path.slice(path.lastIndexOf('/') + 1))
  } catch (error) {
    complaints.push(`${path} is for no zone: ${reasonOf(error)}`)
    return undefined
  }
}
