import { type BigIntStats, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

const MISSING = 'missing'

/** Two equal stamps of a path: the same file, not written to in between. */
export async function stampOf(path: string): Promise<string> {
  return textOf(await stat(path, { bigint: true }).catch(() => undefined))
}

/** As `stampOf`, at once. */
export function stampNow(path: string): string {
  try {
    return textOf(statSync(path, { bigint: true }))
  } catch {
    return MISSING
  }
}

function textOf(found: BigIntStats | undefined): string {
  return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : MISSING
}
