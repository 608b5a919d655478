import { TYPE } from '../dns/constants.ts'
import { FOLD, type Name } from '../dns/name.ts'
import type { RRset } from '../dns/rrset.ts'
import { base32hex, nsec3Hash } from './nsec3.ts'
import { NONE, type ZoneView } from './view.ts'

/**
 * The records by which a signed zone proves that something is not there: NSEC (RFC 4035 §3.1.3) or NSEC3 (RFC 5155 §7.2).
 * Names are given as `name[at…]`. What several proofs share is there once.
 */
export class Denial {
  readonly #view: ZoneView
  readonly #out: RRset[]
  readonly #nodes: number[] = []

  /** Proofs go to `out`. */
  constructor(view: ZoneView, out: RRset[]) {
    this.#view = view
    this.#out = out
  }

  /** The name is absent; `encloser` is where the closest name that exists starts, with or without a wildcard below. */
  name(name: Name, encloser: number): void {
    if (this.#view.denial === 'nsec3') {
      const provable = this.#enclose(name, encloser)
      // Matches where there is a wildcard (RFC 5155 §7.2.5), covers where there is none (§7.2.2).
      this.#nsec3(wildcardAt(name, provable), 0)
    } else {
      this.#cover(name, 0)
      this.#cover(wildcardAt(name, encloser), 0)
    }
  }

  /** The name is there, without the type asked for. */
  data(node: number, name: Name, at = 0): void {
    if (this.#view.denial === 'nsec3') {
      // No record where the name is an unsigned delegation, or leads to one, that was left out (RFC 5155 §7.2.4, §7.2.7).
      if (!this.#nsec3(name, at, 'match')) this.#enclose(name, nextLabel(name, at))
    } else if (!this.#add(node, TYPE.NSEC)) this.#cover(name, at)
  }

  /** The name matches the wildcard below `encloser`, which is without the type asked for. */
  wildcardData(node: number, name: Name, encloser: number): void {
    if (this.#view.denial === 'nsec3') this.name(name, encloser)
    else {
      if (!this.#add(node, TYPE.NSEC)) this.#cover(wildcardAt(name, encloser), 0)
      this.#cover(name, 0)
    }
  }

  /** The name got its answer from the wildcard below `encloser`, for no closer match is there. */
  expansion(name: Name, encloser: number): void {
    if (this.#view.denial === 'nsec3') this.#nsec3(name, before(name, encloser), 'cover')
    else this.#cover(name, 0)
  }

  #cover(name: Name, at: number): void {
    this.#add(this.#view.nsecBefore(name, at), TYPE.NSEC)
  }

  /**
   * Proves the closest encloser at or above `encloser` that can be proved, and that the next closer name is absent (RFC 5155
   * §7.2.1). Returns where that encloser starts: with opt-out it is not always the one that exists.
   */
  #enclose(name: Name, encloser: number): number {
    const last = name.length - this.#view.origin.length
    let at = encloser
    while (!this.#nsec3(name, at, 'match') && at < last) at = nextLabel(name, at)
    if (at > 0) this.#nsec3(name, before(name, at), 'cover')
    return at
  }

  /** Adds the record whose hash is that of the name, or the one that covers it; false where it is not the one wanted. */
  #nsec3(name: Name, at: number, want?: 'match' | 'cover'): boolean {
    const view = this.#view
    const hash = base32hex(nsec3Hash(name, view.nsec3!, at))
    const node = view.nsec3Before(hash)
    if (node === NONE) return false
    if (want) {
      const owner = view.owner(node)
      let isMatch = owner[0] === hash.length
      for (let i = 0; i < hash.length && isMatch; i++) isMatch = FOLD[owner[i + 1]] === hash[i]
      if (isMatch !== (want === 'match')) return false
    }
    return this.#add(node, TYPE.NSEC3)
  }

  #add(node: number, type: number): boolean {
    if (node === NONE) return false
    if (this.#nodes.includes(node)) return true
    const owner = this.#view.owner(node)
    const set = this.#view.rrset(node, type, owner)
    if (!set) return false
    this.#nodes.push(node)
    this.#out.push(set)
    const signatures = this.#view.signatures(node, type, owner)
    if (signatures) this.#out.push(signatures)
    return true
  }
}

/** The name `*` below `name[at…]`. */
export function wildcardAt(name: Name, at: number): Name {
  const wildcard = new Uint8Array(2 + name.length - at)
  wildcard[0] = 1
  wildcard[1] = 42
  // A loop beats `set` and a view for the few octets of a name.
  for (let i = at, o = 2; i < name.length; i++, o++) wildcard[o] = name[i]
  return wildcard
}

const nextLabel = (name: Name, at: number): number => at + name[at] + 1

/** Where the label before `at` starts. */
function before(name: Name, at: number): number {
  let start = 0
  while (nextLabel(name, start) < at) start = nextLabel(name, start)
  return start
}
