import { FOLD, type Name, sameName } from './name.ts'

interface Entry<T> {
  readonly name: Name
  value: T
  readonly next: Entry<T> | undefined
}

const SEED = 0x811c9dc5
const PRIME = 0x01000193
// Label starts of the name being looked up. Shared, since no look-up waits.
const starts = new Uint8Array(128)

/** FNV-1a over the folded octets of one label, its length octet first, on top of the hash of the name to its right. */
function hashLabel(name: Name, start: number, above: number): number {
  let hash = above
  const end = start + name[start]
  for (let i = start; i <= end; i++) hash = Math.imul(hash ^ FOLD[name[i]], PRIME)
  return hash
}

function findStarts(name: Name): number {
  let labels = 0
  for (let i = 0; name[i] !== 0; i += name[i] + 1) starts[labels++] = i
  return labels
}

function hashName(name: Name): number {
  let hash = SEED
  for (let k = findStarts(name) - 1; k >= 0; k--) hash = hashLabel(name, starts[k], hash)
  return hash
}

function endsWith(name: Name, start: number, suffix: Name): boolean {
  if (name.length - start !== suffix.length) return false
  for (let i = 0; i < suffix.length; i++) if (FOLD[name[start + i]] !== FOLD[suffix[i]]) return false
  return true
}

/** A map from domain names to values, compared without regard to case, that also finds the longest enclosing name. */
export class NameTable<T> {
  readonly #entries = new Map<number, Entry<T>>()
  #count = 0

  get size(): number {
    return this.#count
  }

  set(name: Name, value: T): void {
    const hash = hashName(name)
    const first = this.#entries.get(hash)
    for (let entry = first; entry; entry = entry.next) {
      if (!sameName(entry.name, name)) continue
      entry.value = value
      return
    }
    this.#entries.set(hash, { name: name.slice(), value, next: first })
    this.#count++
  }

  get(name: Name): T | undefined {
    for (let entry = this.#entries.get(hashName(name)); entry; entry = entry.next)
      if (sameName(entry.name, name)) return entry.value
    return undefined
  }

  /** The value of the deepest name at or above `name` whose value `accepts` does not refuse. */
  longest(name: Name, accepts?: (value: T) => boolean): T | undefined {
    const labels = findStarts(name)
    let found = this.#match(SEED, name, name.length - 1)
    if (found !== undefined && accepts && !accepts(found)) found = undefined
    let hash = SEED
    for (let k = labels - 1; k >= 0; k--) {
      const start = starts[k]
      hash = hashLabel(name, start, hash)
      const value = this.#match(hash, name, start)
      if (value !== undefined && (!accepts || accepts(value))) found = value
    }
    return found
  }

  #match(hash: number, name: Name, start: number): T | undefined {
    for (let entry = this.#entries.get(hash); entry; entry = entry.next)
      if (endsWith(name, start, entry.name)) return entry.value
    return undefined
  }

  *[Symbol.iterator](): Generator<readonly [Name, T]> {
    for (const first of this.#entries.values())
      for (let entry: Entry<T> | undefined = first; entry; entry = entry.next) yield [entry.name, entry.value]
  }
}
