import { type Key, key } from './key.ts'
import type { Block } from './plugin.ts'
import type { Query } from './query.ts'
import type { Reply } from './reply.ts'

/**
 * Something that a plugin can say of a query, under a name of the form `plugin/what`: `{/view/name}` in a log line, a
 * variable of rewrite, a function of view. It is made when somebody asks for it, mostly from a hint on the query.
 */
export interface MetadataLabel {
  readonly name: string
  /** '' where there is nothing to say. `reply` is there for those who look at a query that was answered. */
  value(query: Query, reply?: Reply): string
}

/** Provided by each plugin that has something to say. */
export const Metadata: Key<MetadataLabel> = key('metadata/label')

/** `metadata`: whether labels exist for a query. Nobody provides it where the directive is not used. */
export const MetadataScope: Key<(query: Query) => boolean> = key('metadata/scope')

/** A label's name: two or more words with slashes between them. */
export function isLabel(name: string): boolean {
  return /^[^/].*\/./s.test(name)
}

/**
 * What a label stands for in a block, complete from `load` on. Undefined where no plugin has such a label, or where
 * the block does not use `metadata`.
 */
export function findLabel(block: Block, name: string): MetadataLabel['value'] | undefined {
  const label = block.all(Metadata).find((label) => label.name === name)
  const inScope = block.find(MetadataScope)
  if (!label || !inScope) return undefined
  return (query, reply) => (inScope(query) ? label.value(query, reply) : '')
}
