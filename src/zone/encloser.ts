import type { Name } from '../dns/name.ts'
import { NONE, type ZoneView } from './view.ts'

/** Where the labels of a name start. Shared: no lookup waits. */
export const starts = new Uint8Array(128)

/** Notes where the name's labels start; the apex is the last, whose number is returned. */
export function split(name: Name, view: ZoneView): number {
  const end = name.length - view.origin.length
  let labels = 0
  for (let at = 0; at < end; at += name[at] + 1) starts[labels++] = at
  starts[labels] = end
  return labels
}

/** The closest encloser of a name that is not there: the longest name above it that exists (RFC 4592 §3.3.1). */
export class Encloser {
  node: number = NONE
  /** Where in the name it starts. */
  at = 0

  seek(view: ZoneView, name: Name): void {
    let low = 1
    let high = split(name, view)
    this.node = view.apex
    // What is above a name that exists exists: halve.
    while (low < high) {
      const middle = (low + high) >> 1
      const node = view.find(name, starts[middle])
      if (node === NONE) low = middle + 1
      else {
        high = middle
        this.node = node
      }
    }
    this.at = starts[low]
  }
}
