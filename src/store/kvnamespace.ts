/** A Workers KV namespace, however it is reached. */
export interface KvNamespace {
  /** How messages call it: `kv:ZONES`. */
  readonly label: string
  /** The values of some keys, those that are there. Rejects with a one-line reason. */
  get(keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  put(pairs: readonly KvPair[]): Promise<void>
  delete(keys: readonly string[]): Promise<void>
  /** The keys with a prefix, in pages. */
  list(prefix: string): AsyncIterable<readonly string[]>
  close(): Promise<void>
}

export interface KvPair {
  readonly key: string
  readonly value: string
}
