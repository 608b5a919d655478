import { FOLD } from '../dns/name.ts'
import type { ZoneImage } from './image.ts'
import { NONE } from './view.ts'

/**
 * Canonical order (RFC 4034 §6.1) of owner names relative to one origin, given as labels without the root in `a[…aEnd)` and
 * `b[…bEnd)`: by labels from the last to the first, folded, as unsigned octets.
 */
export function compareOwners(
  a: Uint8Array,
  aAt: number,
  aEnd: number,
  b: Uint8Array,
  bAt: number,
  bEnd: number,
): number {
  const aLabels = labelStarts(a, aAt, aEnd, aStarts)
  const bLabels = labelStarts(b, bAt, bEnd, bStarts)
  for (let i = aLabels - 1, j = bLabels - 1; i >= 0 && j >= 0; i--, j--) {
    const order = compareLabels(a, aStarts[i], b, bStarts[j])
    if (order !== 0) return order
  }
  return aLabels - bLabels
}

const aStarts = new Float64Array(128)
const bStarts = new Float64Array(128)

function labelStarts(name: Uint8Array, at: number, end: number, starts: Float64Array): number {
  let labels = 0
  for (let i = at; i < end && labels < 128; i += name[i] + 1) starts[labels++] = i
  return labels
}

function compareLabels(a: Uint8Array, i: number, b: Uint8Array, j: number): number {
  const size = Math.min(a[i], b[j])
  for (let k = 1; k <= size; k++) {
    const order = FOLD[a[i + k]] - FOLD[b[j + k]]
    if (order !== 0) return order
  }
  return a[i] - b[j]
}

/** Compares the owner in `bytes[at, end)`, relative to the origin, with what is looked for: as `compareOwners` does. */
export type Against = (bytes: Uint8Array, at: number, end: number) => number

/** For canonical order: what is looked for is a name relative to the origin, which stands in `name[from, to)`. */
export function againstOwner(name: Uint8Array, from = 0, to: number = name.length): Against {
  return (bytes, at, end) => compareOwners(bytes, at, end, name, from, to)
}

/** For the order of hashes: what is looked for is one, which stands in an owner's first label. */
export function againstHash(hash: Uint8Array): Against {
  return (bytes, at) => {
    for (let i = 0; i < hash.length; i++) {
      const difference = FOLD[bytes[at + 1 + i]] - hash[i]
      if (difference !== 0) return difference
    }
    return 0
  }
}

/** The last node of the order index that is not behind what is looked for. The order is a circle. */
export function lastBefore({ bytes, order }: ZoneImage, against: Against): number {
  if (order.length === 0) return NONE
  const count = countBefore(0, order.length, (i) => {
    const owner = order[i] + 2
    return against(bytes, owner, owner + bytes[owner - 1]) > 0
  })
  return order[count === 0 ? order.length - 1 : count - 1]
}

/** The first number from `low` on and below `high` that is behind, where all after it are too; else `high`. */
export function countBefore(low: number, high: number, isBehind: (i: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBehind(middle)) high = middle
    else low = middle + 1
  }
  return low
}
