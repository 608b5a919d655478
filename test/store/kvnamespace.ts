import type { KvNamespace, KvPair } from '../../src/store/kvnamespace.ts'

/** A KV namespace in memory, with KV's limits. */
export class FakeNamespace implements KvNamespace {
  readonly label = 'kv:TEST'
  readonly values = new Map<string, string>()
  /** How many times it was asked for values, and how many keys at most. */
  gets = 0
  mostKeys = 0
  puts = 0
  /** Puts after which it fails. */
  failsAfter = Number.POSITIVE_INFINITY

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.gets++
    this.mostKeys = Math.max(this.mostKeys, keys.length)
    const found = new Map<string, string>()
    for (const key of keys) {
      mustFit(key)
      const value = this.values.get(key)
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  async put(pairs: readonly KvPair[]): Promise<void> {
    for (const { key, value } of pairs) {
      mustFit(key)
      if (++this.puts > this.failsAfter) throw new Error('no more writes')
      this.values.set(key, value)
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.values.delete(key)
  }

  async *list(prefix: string): AsyncGenerator<readonly string[]> {
    mustFit(prefix)
    const keys = [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort()
    for (let at = 0; at < keys.length; at += 7) yield keys.slice(at, at + 7)
  }

  async close(): Promise<void> {}
}

function mustFit(key: string): void {
  const { length } = new TextEncoder().encode(key)
  if (length > 512 || key === '' || key === '.' || key === '..') throw new Error(`414 no key: ${key}`)
}
