import type { Name } from '../dns/name.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Apex } from './apex.ts'
import { type CutPlan, FENCE_EVERY } from './cut.ts'
import { FIELD, HEADER_SIZE, hashLabels, NODE_ALIGN, placeBits, slotOf } from './format.ts'
import type { ZoneImage } from './image.ts'
import { damaged, words } from './imageheader.ts'
import { type Against, againstHash, againstOwner, countBefore } from './order.ts'
import { Piece, type PieceCache } from './piececache.ts'
import { type LoadedZone, NONE, NotLoaded, type Nsec3Parameters } from './view.ts'

/** Where the pieces of a cut image come from. */
export interface PieceStore {
  readonly cache: PieceCache
  /** Fetches a piece. Rejects with a one-line reason. */
  fetch(piece: number): Promise<Uint8Array>
}

/** What is fetched for a request that a Worker gives up never comes. Milliseconds. */
const LOST = 5000

/** An image that was cut, of which only the pieces in use are in memory. What needs another one throws NotLoaded. */
export class PartialImage implements LoadedZone {
  readonly apex: number
  readonly warnings: readonly string[] = []
  readonly #head: ZoneImage
  readonly #plan: CutPlan
  readonly #store: PieceStore
  readonly #seed: number
  readonly #placeBits: number
  readonly #slotsAt: number
  readonly #orderAt: number
  readonly #nodesAt: number
  readonly #pieces: (Piece | undefined)[]
  readonly #dropped: (WeakRef<Piece> | undefined)[] = []
  readonly #loading = new Map<number, { readonly piece: Promise<Piece>; readonly since: number }>()
  /** The node last looked up, in the image that `#in` gave. */
  #local = 0

  constructor(head: ZoneImage, plan: CutPlan, store: PieceStore) {
    const header = words(head.bytes, 0, HEADER_SIZE / 4)
    this.#head = head
    this.#plan = plan
    this.#store = store
    this.apex = plan.apex
    this.#seed = header[FIELD.SEED]
    this.#placeBits = placeBits(plan.size)
    this.#slotsAt = plan.starts[0]
    this.#orderAt = this.#slotsAt + plan.slots * 4
    this.#nodesAt = this.#orderAt + plan.order * 4
    this.#pieces = Array.from({ length: plan.starts.length + (plan.order > 0 ? 1 : 0) }, () => undefined)
  }

  get origin(): Name {
    return this.#head.origin
  }

  get top(): Apex {
    return this.#head.top
  }

  get snapshot(): number {
    return this.#head.snapshot
  }

  get denial(): LoadedZone['denial'] {
    return this.#head.denial
  }

  get nsec3(): Nsec3Parameters | undefined {
    return this.#head.nsec3
  }

  get serial(): number {
    return this.#head.serial
  }

  get usable(): boolean {
    return this.#head.usable
  }

  find(name: Name, at: number): number {
    const end = name.length - this.origin.length
    if (at === end) return this.apex
    const hash = hashLabels(name, at, end, this.#seed)
    const { slots } = this.#plan
    const bits = this.#placeBits
    const tag = hash << bits
    let slot = slotOf(hash, slots)
    for (let left = slots; left > 0; left--) {
      const entry = this.#word(this.#slotsAt + slot * 4)
      if (entry === 0) return NONE
      if ((entry ^ tag) >>> bits === 0) {
        const node = (entry & ((1 << bits) - 1)) * NODE_ALIGN
        if (this.#in(node).isNamed(this.#local, name, at)) return node
      }
      if (++slot === slots) slot = 0
    }
    return NONE
  }

  flags(node: number): number {
    return this.#in(node).flags(this.#local)
  }

  owner(node: number): Name {
    return this.#in(node).owner(this.#local)
  }

  rrset(node: number, type: number, owner: Name): RRset | undefined {
    return this.#in(node).rrset(this.#local, type, owner)
  }

  signatures(node: number, covered: number, owner: Name): RRset | undefined {
    return this.#in(node).signatures(this.#local, covered, owner)
  }

  sets(node: number, owner: Name): RRset[] {
    return this.#in(node).sets(this.#local, owner)
  }

  nsecBefore(name: Name, at: number): number {
    if (this.denial !== 'nsec') return NONE
    return this.#lastBefore(againstOwner(name, at, name.length - this.origin.length))
  }

  nsec3Before(hash: Uint8Array): number {
    return this.denial === 'nsec3' ? this.#lastBefore(againstHash(hash)) : NONE
  }

  /** As `lastBefore`: the fences tell between which entries to search. */
  #lastBefore(against: Against): number {
    const { order, starts } = this.#plan
    if (order === 0) return NONE
    const fences = this.#piece(starts.length).fences
    const { bytes } = this.#piece(starts.length)
    const fence = countBefore(0, fences.length, (i) => {
      const owner = fences[i] + 1
      return against(bytes, owner, owner + bytes[owner - 1]) > 0
    })
    const from = Math.max(0, fence - 1) * FENCE_EVERY
    const count = countBefore(from, fence === 0 ? from : Math.min(order, from + FENCE_EVERY), (i) => {
      const { bytes } = this.#in(this.#word(this.#orderAt + i * 4))
      const owner = this.#local + 2
      return against(bytes, owner, owner + bytes[owner - 1]) > 0
    })
    return this.#word(this.#orderAt + (count === 0 ? order - 1 : count - 1) * 4)
  }

  /** The image with a node, which is `#local` there. */
  #in(node: number): ZoneImage {
    if (node === this.apex) {
      this.#local = this.#head.apex
      return this.#head
    }
    if (node < this.#nodesAt) throw damaged('a node out of range')
    const number = this.#pieceAt(node)
    const { image } = this.#piece(number)
    this.#local = node - this.#plan.starts[number] + image.apex
    return image
  }

  /** The number at an offset within the indexes. */
  #word(offset: number): number {
    const number = this.#pieceAt(offset)
    return this.#piece(number).words[(offset - this.#plan.starts[number]) >> 2]
  }

  #pieceAt(offset: number): number {
    const { starts } = this.#plan
    return countBefore(0, starts.length, (i) => starts[i] > offset) - 1
  }

  #piece(number: number): Piece {
    const piece = this.#pieces[number]
    if (piece) {
      this.#store.cache.touch(piece)
      return piece
    }
    // A lookup that has waited for it still holds it.
    const dropped = this.#dropped[number]?.deref()
    if (dropped) return dropped
    throw new NotLoaded(this.#load(number))
  }

  /** Fetches a piece, once for all who wait for it. */
  #load(number: number): Promise<Piece> {
    const now = Date.now()
    const under = this.#loading.get(number)
    if (under && now - under.since < LOST) return under.piece
    const piece = this.#fetch(number)
    this.#loading.set(number, { piece, since: now })
    const end = (): void => {
      if (this.#loading.get(number)?.piece === piece) this.#loading.delete(number)
    }
    piece.then(end, end)
    return piece
  }

  async #fetch(number: number): Promise<Piece> {
    const piece = new Piece(await this.#store.fetch(number))
    this.#pieces[number] = piece
    this.#store.cache.add(piece, () => {
      this.#pieces[number] = undefined
      this.#dropped[number] = new WeakRef(piece)
    })
    return piece
  }
}
