import { FOLD, MAX_NAME, type Name } from '../../dns/name.ts'

/** Names that end in another one: their labels before it, and the same labels before something else. */

/** How many octets the labels take that the name at `at` has before `end`, with which it ends; -1 where it does not. */
export function labelsBefore(octets: Uint8Array, at: number, end: Name): number {
  const cut = endOf(octets, at) - end.length
  let label = at
  while (label < cut) label += octets[label] + 1
  if (label !== cut) return -1
  for (let i = 0; i < end.length; i++) if (FOLD[octets[cut + i]] !== FOLD[end[i]]) return -1
  return cut - at
}

/** The `labels` octets at `at`, and then `end`; undefined where that would be too long. */
export function withEnd(octets: Uint8Array, at: number, labels: number, end: Name): Name | undefined {
  if (labels + end.length > MAX_NAME) return undefined
  const name = new Uint8Array(labels + end.length)
  for (let i = 0; i < labels; i++) name[i] = octets[at + i]
  for (let i = 0; i < end.length; i++) name[labels + i] = end[i]
  return name
}

/** Where the octets go on behind the name at `at`. */
export function endOf(octets: Uint8Array, at: number): number {
  while (octets[at] !== 0) at += octets[at] + 1
  return at + 1
}
