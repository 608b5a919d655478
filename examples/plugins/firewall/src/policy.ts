import { type Key, key, type Query, type Reply, type Token } from 'coredge'

/** What a firewall decides. */
export type Action = 'allow' | 'refuse' | 'block' | 'drop'

export const ACTIONS: readonly Action[] = ['allow', 'refuse', 'block', 'drop']

/** Undefined: this rule says nothing, and the next one is asked. */
export type Decision = Action | undefined

/** One line of a rule list. `reply` is there where responses are judged. Throws or rejects where it cannot decide. */
export interface Rule {
  decide(query: Query, reply: Reply | undefined): Decision | Promise<Decision>
}

/** Something outside the firewall that decides, such as `opa`: named in a rule by the plugin and its own name. */
export interface PolicyEngine {
  /** The directive that brings it. */
  readonly plugin: string
  readonly name: string
  /** Makes a rule from the words behind the engine's name. Throws an error with a position where it takes no such words. */
  rule(words: readonly Token[]): Rule
}

/** Plugins of the block provide their engines under this key. */
export const PolicyEngines: Key<PolicyEngine> = key('firewall/engine')

/** A rule that cannot decide: the client gets SERVFAIL, the log a line. */
export class RuleError extends Error {
  readonly code = 'RULE'
  override name = 'RuleError'
}
