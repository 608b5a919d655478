import { FIELD, HEADER_SIZE } from './format.ts'
import type { ZoneImage } from './image.ts'
import { words } from './imageheader.ts'

/** An image in pieces, so that a lookup needs only a few of them. */
export interface Cut {
  /** What stays at hand: an image with the apex alone. */
  readonly head: Uint8Array
  readonly plan: CutPlan
  readonly pieces: readonly Uint8Array[]
}

/** What was cut where. Offsets and sizes are those of the whole image, in octets. */
export interface CutPlan {
  readonly size: number
  readonly slots: number
  readonly order: number
  readonly apex: number
  /**
   * Where each piece starts: those of the hash index, as they are; those of the order index, as they are; and those of the
   * nodes, each an image of its own without index. Behind the last stands a piece with the fences, where there is an order. The
   * filter is left out: to fetch it would take as long as what it saves.
   */
  readonly starts: readonly number[]
}

/** Every so many entries of the order index a fence says which owner is there, so that no search starts from nothing. */
export const FENCE_EVERY = 128

/** Cuts an image into pieces of about `size` octets; a node, with all that a name owns, is in one of them. */
export function cutImage(image: ZoneImage, size: number): Cut {
  const { bytes, apex } = image
  const header = words(bytes, 0, HEADER_SIZE / 4)
  const slotsAt = header[FIELD.SLOTS_AT]
  const orderAt = header[FIELD.ORDER_AT]
  const nodesAt = header[FIELD.NODES_AT]
  const kindsAt = header[FIELD.KINDS_AT]
  const indexes = [...steps(slotsAt, orderAt, size), ...steps(orderAt, nodesAt, size)]
  const nodes = nodeStarts(image, kindsAt, size)
  const endOf = (list: readonly number[], i: number, end: number): number => list[i + 1] ?? end
  const pieces = [
    ...indexes.map((start, i) => bytes.slice(start, endOf(indexes, i, nodesAt))),
    ...nodes.map((start, i) => imageOf(bytes, start, endOf(nodes, i, kindsAt))),
  ]
  if (image.order.length > 0) pieces.push(fencesOf(image))
  return {
    head: imageOf(bytes, apex, endOf([...nodesFrom(image, apex, 2)], 0, kindsAt)),
    plan: {
      size: bytes.length,
      slots: header[FIELD.SLOTS],
      order: image.order.length,
      apex,
      starts: [...indexes, ...nodes],
    },
    pieces,
  }
}

function steps(from: number, to: number, size: number): number[] {
  const starts: number[] = []
  // Numbers of four octets must not be cut.
  for (let at = from; at < to; at += Math.max(4, size & ~3)) starts.push(at)
  return starts
}

/** Where to cut between nodes, of which the first and what ends the last are cuts anyway. */
function nodeStarts(image: ZoneImage, end: number, size: number): number[] {
  const starts: number[] = []
  let last = 0
  const visit = (node: number): void => {
    const start = starts.at(-1)
    if (start === undefined) starts.push(node)
    else if (node - start > size && last > start) starts.push(last)
    last = node
  }
  for (const node of image.nodes()) visit(node)
  visit(end)
  return starts
}

/** At most `count` nodes from one on. */
function* nodesFrom(image: ZoneImage, first: number, count: number): Generator<number> {
  for (const node of image.nodes()) {
    if (node < first) continue
    yield node
    if (--count === 0) return
  }
}

/** An image of the same zone that has nothing but the nodes in `bytes[from, to)`, and no index to find them by. */
function imageOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const whole = words(bytes, 0, HEADER_SIZE / 4)
  const wordsAt = whole[FIELD.WORDS_AT]
  const nodesAt = wordsAt + 8
  const kindsAt = nodesAt + to - from
  const kinds = bytes.subarray(whole[FIELD.KINDS_AT])
  const out = new Uint8Array(kindsAt + kinds.length)
  out.set(bytes.subarray(0, wordsAt))
  out.set(bytes.subarray(from, to), nodesAt)
  out.set(kinds, kindsAt)
  const header = words(out, 0, HEADER_SIZE / 4)
  header[FIELD.SIZE] = out.length
  header[FIELD.WORDS] = 1
  header[FIELD.SLOTS] = 1
  header[FIELD.SLOTS_AT] = wordsAt + 4
  header[FIELD.ORDER] = 0
  header[FIELD.ORDER_AT] = nodesAt
  header[FIELD.NODES_AT] = nodesAt
  header[FIELD.APEX] = nodesAt
  header[FIELD.KINDS_AT] = kindsAt
  return out
}

/** The owner of every FENCE_EVERYth entry of the order index, relative to the origin, behind a length octet. */
function fencesOf({ bytes, order }: ZoneImage): Uint8Array {
  const owners: Uint8Array[] = []
  for (let i = 0; i < order.length; i += FENCE_EVERY)
    owners.push(bytes.subarray(order[i] + 1, order[i] + 2 + bytes[order[i] + 1]))
  const out = new Uint8Array(owners.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const owner of owners) {
    out.set(owner, at)
    at += owner.length
  }
  return out
}
