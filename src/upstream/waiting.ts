import { randomId } from './random.ts'
import type { Receiver } from './receiver.ts'

/** A power of two: ids are random, so that their last bits are as good as any hash. */
const BUCKETS = 128

/**
 * The queries that wait on one socket, by their ids. No Map: one that is filled and emptied all the time leaves a chain of old
 * tables behind, each of which keeps the next one alive, with all that was in it, until the garbage collector looks at
 * everything.
 */
export class Waiting {
  readonly #buckets: (Receiver | undefined)[] = new Array(BUCKETS).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): Receiver | undefined {
    let receiver = this.#buckets[id & (BUCKETS - 1)]
    while (receiver && receiver.id !== id) receiver = receiver.nextWaiting
    return receiver
  }

  /** Takes a query in under a free random id, which is written into its message. */
  add(receiver: Receiver): void {
    let id = randomId()
    while (this.get(id)) id = randomId()
    const { wire } = receiver
    wire[0] = id >> 8
    wire[1] = id
    receiver.id = id
    const at = id & (BUCKETS - 1)
    receiver.nextWaiting = this.#buckets[at]
    this.#buckets[at] = receiver
    this.#size++
  }

  /** False where there is none with this id. */
  delete(id: number): boolean {
    const at = id & (BUCKETS - 1)
    let before: Receiver | undefined
    let receiver = this.#buckets[at]
    while (receiver && receiver.id !== id) {
      before = receiver
      receiver = receiver.nextWaiting
    }
    if (!receiver) return false
    if (before) before.nextWaiting = receiver.nextWaiting
    else this.#buckets[at] = receiver.nextWaiting
    receiver.nextWaiting = undefined
    this.#size--
    return true
  }

  /** Takes all out. */
  drain(): Receiver[] {
    const all: Receiver[] = []
    for (let first of this.#buckets) for (; first; first = first.nextWaiting) all.push(first)
    for (const receiver of all) receiver.nextWaiting = undefined
    this.#buckets.fill(undefined)
    this.#size = 0
    return all
  }
}
