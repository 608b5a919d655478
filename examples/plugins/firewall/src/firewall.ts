import { after, DROPPED, EDE, type Handler, type Plugin, type Query, RCODE, Reply } from 'coredge'
import { ExpressionRule } from './expressionrule.ts'
import { type Action, type Decision, type Rule, RuleError } from './policy.ts'

/** A rule, and where it stands: `Corefile:3:9`. */
export interface PlacedRule {
  readonly rule: Rule
  readonly place: string
}

export interface RuleLists {
  readonly query: readonly PlacedRule[]
  readonly response: readonly PlacedRule[]
}

const REPLIES: { readonly [action in Exclude<Action, 'allow' | 'drop'>]: Reply } = {
  block: new Reply({ rcode: RCODE.NXDOMAIN }).withError(EDE.BLOCKED, ''),
  refuse: new Reply({ rcode: RCODE.REFUSED }).withError(EDE.PROHIBITED, ''),
}

/** Lets queries through, and the replies to them, as its rules say. */
export class Firewall implements Plugin {
  readonly name = 'firewall'
  readonly #rules: () => RuleLists
  readonly #load: () => void

  /** `rules` are complete when `load` has been called. */
  constructor(rules: () => RuleLists, load: () => void) {
    this.#rules = rules
    this.#load = load
  }

  load(): void {
    this.#load()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const decided = decide(this.#rules().query, query, undefined)
    return decided instanceof Promise
      ? decided.then((late) => this.#act(late ?? 'block', query, next))
      : this.#act(decided ?? 'block', query, next)
  }

  /** Which rule decides, for explanations; what engines say is not asked for again. */
  explain(query: Query): string | undefined {
    for (const { rule, place } of this.#rules().query) {
      if (!(rule instanceof ExpressionRule)) return undefined
      if (rule.decide(query, undefined)) return `the rule at ${place} says ${rule.action}`
    }
    return 'no rule fits, which is block'
  }

  #act(action: Action, query: Query, next: Handler): Reply | Promise<Reply> {
    if (action !== 'allow') return replyOf(action)
    const { response } = this.#rules()
    return response.length === 0 ? next(query) : after(next(query), (reply) => judge(response, query, reply))
  }
}

function judge(rules: readonly PlacedRule[], query: Query, reply: Reply): Reply | Promise<Reply> {
  if (reply === DROPPED) return reply
  const act = (action: Action = 'allow'): Reply => (action === 'allow' ? reply : replyOf(action))
  const decided = decide(rules, query, reply)
  return decided instanceof Promise ? decided.then(act) : act(decided)
}

const replyOf = (action: Exclude<Action, 'allow'>): Reply => (action === 'drop' ? DROPPED : REPLIES[action])

/** What the first rule says that says anything. Waits only where a rule does. Throws or rejects with RuleError. */
function decide(
  rules: readonly PlacedRule[],
  query: Query,
  reply: Reply | undefined,
  from = 0,
): Decision | Promise<Decision> {
  for (let i = from; i < rules.length; i++) {
    const decided = ask(rules[i], query, reply)
    if (decided instanceof Promise) return decided.then((late) => late ?? decide(rules, query, reply, i + 1))
    if (decided) return decided
  }
  return undefined
}

function ask({ rule, place }: PlacedRule, query: Query, reply: Reply | undefined): Decision | Promise<Decision> {
  const failed = (error: unknown): never => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RuleError(`firewall: the rule at ${place} cannot decide: ${reason}`, { cause: error })
  }
  try {
    const decided = rule.decide(query, reply)
    return decided instanceof Promise ? decided.catch(failed) : decided
  } catch (error) {
    return failed(error)
  }
}
