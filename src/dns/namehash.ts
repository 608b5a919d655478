import { FOLD } from './name.ts'

/** The hash of no octets (FNV-1a's). */
export const NO_OCTETS: number = 0x811c9dc5
const PRIME = 0x01000193

/**
 * FNV-1a over folded octets, from before `end` back to `start`, so that a name's hash goes on from the hash of the name above
 * it. Its low bits are weak: mix the others in where they choose a slot.
 */
export function hashBack(octets: Uint8Array, start: number, end: number, hash: number): number {
  for (let i = end - 1; i >= start; i--) hash = Math.imul(hash ^ FOLD[octets[i]], PRIME)
  return hash
}
