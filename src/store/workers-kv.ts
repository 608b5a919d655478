import type { KvNamespace, KvPair } from './kvnamespace.ts'

/** The binding of a KV namespace, as far as it is used here. */
export interface KvBinding {
  get(keys: readonly string[], options: { cacheTtl: number }): Promise<Map<string, string | null>>
  put(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
  list(options: { prefix: string; cursor?: string }): Promise<{
    keys: readonly { readonly name: string }[]
    list_complete: boolean
    cursor?: string
  }>
}

/** Keys that one read can ask for. */
const MOST_KEYS = 100
/** Writes that are under way at a time: a Worker has six connections. */
const AT_ONCE = 6
/** How long a location keeps what it has read: the least that KV allows. Seconds. */
const CACHE_TTL = 30

/** A namespace that is bound to a Worker. */
export class BoundNamespace implements KvNamespace {
  readonly label: string
  readonly #binding: KvBinding

  constructor(name: string, binding: KvBinding) {
    this.label = `kv:${name}`
    this.#binding = binding
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const parts: (readonly string[])[] = []
    for (let at = 0; at < keys.length; at += MOST_KEYS) parts.push(keys.slice(at, at + MOST_KEYS))
    const found = await Promise.all(parts.map((part) => this.#binding.get(part, { cacheTtl: CACHE_TTL })))
    const values = new Map<string, string>()
    for (const part of found) for (const [key, value] of part) if (value !== null) values.set(key, value)
    return values
  }

  put(pairs: readonly KvPair[]): Promise<void> {
    return inTurns(pairs, ({ key, value }) => this.#binding.put(key, value))
  }

  delete(keys: readonly string[]): Promise<void> {
    return inTurns(keys, (key) => this.#binding.delete(key))
  }

  async *list(prefix: string): AsyncGenerator<readonly string[]> {
    let cursor: string | undefined
    for (;;) {
      const page = await this.#binding.list({ prefix, ...(cursor === undefined ? {} : { cursor }) })
      yield page.keys.map(({ name }) => name)
      if (page.list_complete) return
      cursor = page.cursor
    }
  }

  async close(): Promise<void> {}
}

/** Does something with all of a list, a few at a time. */
async function inTurns<T>(list: readonly T[], action: (one: T) => Promise<void>): Promise<void> {
  const left = list.values()
  const work = async (): Promise<void> => {
    for (const one of left) await action(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
