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

/** The last node of the order index at or before `owner`, which is relative to the origin. The order is a circle. */
export function canonicalBefore(image: ZoneImage, owner: Uint8Array): number {
  const { bytes, order } = image
  return before(order, (node) => compareOwners(bytes, node + 2, node + 2 + bytes[node + 1], owner, 0, owner.length))
}

/** The last node of the order index whose hash, its first label, is at or before `hash`. The order is a circle. */
export function hashBefore(image: ZoneImage, hash: Uint8Array): number {
  const { bytes, order } = image
  return before(order, (node) => {
    for (let i = 0; i < hash.length; i++) {
      const difference = FOLD[bytes[node + 3 + i]] - hash[i]
      if (difference !== 0) return difference
    }
    return 0
  })
}

/** The last node that `compare` does not put behind what is looked for; the very last where it puts all behind. */
function before(order: Uint32Array, compare: (node: number) => number): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(order[middle]) <= 0) low = middle + 1
    else high = middle
  }
  if (order.length === 0) return NONE
  return order[low === 0 ? order.length - 1 : low - 1]
}
