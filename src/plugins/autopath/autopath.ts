import { RCODE, TYPE } from '../../dns/constants.ts'
import { EDE, readExtendedError } from '../../dns/edns.ts'
import { isWithin, joinNames, MAX_NAME, type Name, nameText, ROOT, sameName } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Counter } from '../../metrics/counter.ts'
import type { PerServer } from '../../metrics/perserver.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'

/** The domains that a client appends to a name, in order, without the root. Undefined: not known for this one. */
export type PathOf = (query: Query) => readonly Name[] | undefined

/** For which names, and whose search path. */
export interface Rule {
  readonly zones: readonly Name[]
  readonly path: PathOf
}

/**
 * Does a client's search for it: the name with each domain of its path, and at last alone, until one exists. The client
 * gets that answer to its first query, with an alias that leads there.
 */
export class AutoPath implements Plugin {
  readonly name = 'autopath'
  readonly #rules: readonly Rule[]
  readonly #successes: PerServer<Counter>
  readonly #load: (() => Promise<void>) | undefined

  constructor(rules: readonly Rule[], successes: PerServer<Counter>, load?: () => Promise<void>) {
    this.#rules = rules
    this.#successes = successes
    this.#load = load
  }

  load(): Promise<void> | undefined {
    return this.#load?.()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const rule = this.#rules.find(({ zones }) => zones.some((zone) => isWithin(query.name, zone)))
    const path = rule?.path(query)
    // Only the first domain tells of a search that begins; the domain itself is no name with it appended.
    if (!path?.length || !isWithin(query.name, path[0]) || sameName(query.name, path[0])) return next(query)
    const base = query.name.slice(0, query.name.length - path[0].length)
    return new Search(query, next, namesOf(base, path), this.#successes.of(query)).run()
  }

  explain(query: Query): string {
    const rule = this.#rules.find(({ zones }) => zones.some((zone) => isWithin(query.name, zone)))
    if (!rule) return 'the name is in none of its zones'
    const path = rule.path(query)
    if (!path?.length) return 'it knows no search path of this client'
    if (!isWithin(query.name, path[0])) return `no search begins with the name: it is not in ${nameText(path[0])}`
    return sameName(query.name, path[0]) ? 'the name is the search domain itself' : 'a search begins with the name'
  }
}

function namesOf(base: Uint8Array, path: readonly Name[]): readonly Name[] {
  return [...path, ROOT]
    .filter((domain) => base.length + domain.length <= MAX_NAME)
    .map((domain) => joinNames(base, domain))
}

class Search {
  readonly #query: Query
  readonly #next: Handler
  readonly #names: readonly Name[]
  readonly #successes: Counter
  #first: Reply | undefined

  constructor(query: Query, next: Handler, names: readonly Name[], successes: Counter) {
    this.#successes = successes
    this.#query = query
    this.#next = next
    this.#names = names
  }

  /** Asks for one name after the other, from `at` on. Waits only where the rest of the chain does. */
  run(at = 0): Reply | Promise<Reply> {
    for (let i = at; i < this.#names.length; i++) {
      const reply = this.#next(this.#query.with({ name: this.#names[i] }))
      if (reply instanceof Promise) return reply.then((late) => this.#take(late, i) ?? this.run(i + 1))
      const taken = this.#take(reply, i)
      if (taken) return taken
    }
    // The client goes on with its search by itself.
    return this.#first!
  }

  /** The reply to the client, if this is the one. The first name is that of the query itself. */
  #take(reply: Reply, at: number): Reply | undefined {
    this.#first ??= reply
    if (isFailure(reply)) return undefined
    this.#successes.increment()
    return at === 0 ? reply : withAlias(reply, this.#query.name)
  }
}

function isFailure(reply: Reply): boolean {
  if (reply === DROPPED || isBlocked(reply)) return false
  const { rcode } = reply
  return (
    rcode === RCODE.NXDOMAIN ||
    rcode === RCODE.SERVFAIL ||
    rcode === RCODE.REFUSED ||
    rcode === RCODE.FORMERR ||
    rcode === RCODE.NOTIMP
  )
}

/** What `acl` keeps from the client ends the search: it must not be seen in what comes after it. */
function isBlocked({ options }: Reply): boolean {
  return options.some((option) => readExtendedError(option)?.code === EDE.BLOCKED)
}

/** The answer is for another name: an alias leads there from the one that was asked for. */
function withAlias(reply: Reply, asked: Name): Reply {
  const other = reply === DROPPED ? undefined : reply.answer.find((rrset) => !sameName(rrset.owner, asked))
  if (!other) return reply
  return reply.with({ answer: [RRset.of(asked, TYPE.CNAME, other.ttl, [other.owner]), ...reply.answer] })
}
