import { type Name, nameText } from '../dns/name.ts'
import { ownerPath, parsePath } from './owner.ts'
import type { Owner } from './store.ts'

/**
 * What is where in a KV namespace:
 *
 *     zones            all zones: a JSON object with the generation of each, by its apex. Who starts reads this first, and then needs
 *                      no round more to know the generations; what counts is the next
 *     z:APEX           the zone's generation, which is what readers see
 *     g:GENERATION     that there is such a generation, from before its first name is written: see KvMark
 *     GENERATION/PATH  the value of a name
 */
export const CATALOG = 'zones'
export const MARKS = 'g:'

/** What is known of a generation besides its names. */
export interface KvMark {
  readonly apex: string
  /** When it was begun, or was replaced by another one: milliseconds. */
  readonly since: number
  /** Is it the zone, or has it been? */
  readonly isUsed: boolean
}

export const pointerKey = (apex: Name): string => `z:${nameText(apex)}`
export const markKey = (generation: string): string => `${MARKS}${generation}`

/** A key has at most 512 octets; a path of more than this goes into it in part, with a hash of all of it. */
const MOST_PATH = 480
/** The part that does: whole labels from the apex down. */
const MOST_PART = 400

/** Where a name's value is. */
export interface KvPlace {
  readonly key: string
  /** What stands in front of the value: the path, where the key has not all of it. */
  readonly head: string
}

export async function placeOf(generation: string, owner: Owner): Promise<KvPlace> {
  const path = ownerPath(owner)
  if (path.length <= MOST_PATH) return { key: `${generation}/${path}`, head: '' }
  return { key: `${generation}/${partOf(path)}#${await digest(path)}`, head: `${path}\n` }
}

/** The name that a key and its value are for. */
export function ownerAt(key: string, value: string): Owner {
  const path = key.slice(key.indexOf('/') + 1)
  return parsePath(isHashed(path) ? value.slice(0, value.indexOf('\n')) : path)
}

/** The value without what stands in front of it. */
export function valueAt(key: string, value: string): string {
  return isHashed(key.slice(key.indexOf('/') + 1)) ? value.slice(value.indexOf('\n') + 1) : value
}

const isHashed = (path: string): boolean => HASHED.test(path)
/** No path in full is followed by a hash of this length: a `#` in a label would make it one, so it is escaped. */
const HASHED = /#[\w-]{43}$/

/** The prefixes of the keys for what is below a name; some of these keys may be of others. */
export function below(generation: string, owner: Owner): string[] {
  const path = ownerPath(owner)
  const hashed = `${generation}/${partOf(path)}#`
  if (path.length >= MOST_PATH) return [hashed]
  return [`${generation}/${path === '' ? '' : `${path}.`}`, hashed]
}

function partOf(path: string): string {
  if (path.length <= MOST_PART) return path
  return path.slice(0, path.lastIndexOf('.', MOST_PART))
}

/** A hash of some text as 43 characters. */
export async function digest(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return btoa(String.fromCharCode(...hash))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
