/** A typed key: what is stored under it has type T. Keys are compared by identity; the name is for people. */
export interface Key<T> {
  readonly name: string
  /** Never set: it carries the type. */
  readonly type?: T
}

/** Makes a key; another call makes another key, whatever its name. */
export function key<T>(name: string): Key<T> {
  return { name }
}
