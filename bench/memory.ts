import { median } from './load.ts'

/** How long the processor waits for memory that is in none of its caches: what no layout of a large zone can save. */

const SLICE = 512
const SLICES = 400
const WARM_UP = 100
/** What is always in the cache. Octets. */
const FEW = 4096

let kept = 0

/** Reads one octet after the other; where the next one is depends on the last, so that no two reads overlap. */
function read(bytes: Uint8Array, places: Uint32Array): number {
  const begun = process.hrtime.bigint()
  let sum = 0
  for (let i = 0; i < SLICE; i++) sum = (sum + bytes[places[i] + (sum & 1)]) & 0xffff
  kept += sum
  return Number(process.hrtime.bigint() - begun) / SLICE
}

/** Nanoseconds that a read at a random place of each of these takes more than one of what has just been read. */
export function missTimes(areas: readonly Uint8Array[]): number[] {
  const all = [new Uint8Array(FEW), ...areas]
  const times: number[][] = all.map(() => [])
  for (let slice = -WARM_UP; slice < SLICES; slice++)
    for (const [i, bytes] of all.entries()) {
      const places = Uint32Array.from({ length: SLICE }, () => Math.floor(Math.random() * (bytes.length - 1)))
      const taken = read(bytes, places)
      if (slice >= 0) times[i].push(taken)
    }
  if (Number.isNaN(kept)) throw new Error('nothing was read')
  const [base, ...others] = times.map(median)
  return others.map((ns) => ns - base)
}
