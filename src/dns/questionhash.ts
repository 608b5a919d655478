import type { Name } from './name.ts'
import { hashBack } from './namehash.ts'

/**
 * Drawn anew for each process, so that nobody can prepare names that meet in one place of a table; at first use, as
 * Workers draw nothing while they load.
 */
let seed = 0

/**
 * A 32-bit hash of a question without regard to case, for tables keyed by questions. `bits`: whatever else makes two
 * questions differ.
 */
export function hashQuestion(name: Name, type: number, rclass: number, bits: number): number {
  if (seed === 0) seed = crypto.getRandomValues(new Int32Array(1))[0] | 1
  let hash = seed ^ Math.imul((type << 16) | rclass, 0x9e3779b1) ^ Math.imul(bits + 1, 0x85ebca6b)
  hash = hashBack(name, 0, name.length, hash)
  // FNV leaves the low bits weak; finish as MurmurHash3 does.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  // Signed: in V8 every 32-bit number of the kind is a small one, which takes no memory of its own.
  return hash ^ (hash >>> 16)
}
