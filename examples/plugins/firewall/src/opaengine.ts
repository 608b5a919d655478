import { Cancelled, type Query, type Reply, type Token } from 'coredge'
import { type Fact, factOf } from './facts.ts'
import { type OpaClient, TIMEOUT } from './opaclient.ts'
import { ACTIONS, type Decision, type PolicyEngine, type Rule } from './policy.ts'

/** Lets an Open Policy Agent decide (https://www.openpolicyagent.org/docs/rest-api#data-api). */
export class OpaEngine implements PolicyEngine, Rule {
  readonly plugin = 'opa'
  readonly name: string
  readonly #client: OpaClient
  readonly #fields: readonly string[]
  readonly #facts = new Map<string, Fact>()

  constructor(name: string, client: OpaClient, fields: readonly string[]) {
    this.name = name
    this.#client = client
    this.#fields = fields
  }

  /** To be called once all labels are known. Gives the fields that are nothing. */
  bind(labels: (name: string) => Fact | undefined): readonly string[] {
    for (const field of this.#fields) {
      const fact = factOf(field) ?? labels(field)
      if (fact) this.#facts.set(field, fact)
    }
    return this.#fields.filter((field) => !this.#facts.has(field))
  }

  rule(words: readonly Token[]): Rule {
    if (words.length > 0) throw new Error(`opa takes nothing after the name of an engine, got "${words[0].text}"`)
    return this
  }

  async decide(query: Query, reply: Reply | undefined): Promise<Decision> {
    const body = JSON.stringify({ input: this.#input(query, reply) })
    const timeout = AbortSignal.timeout(TIMEOUT)
    const cancelled = query.get(Cancelled)
    const signal = cancelled ? AbortSignal.any([timeout, cancelled]) : timeout
    let text: string
    try {
      text = await this.#client.ask(body, signal)
    } catch (error) {
      throw new Error(`opa ${this.name}: no answer: ${reasonOf(error)}`, { cause: error })
    }
    return this.#decision(text)
  }

  /** Facts are always there, as '' where there is nothing to say yet; labels only where they say something. */
  #input(query: Query, reply: Reply | undefined): Record<string, string> {
    const values = [...this.#facts].map(([field, fact]) => [field, withoutBrackets(field, fact(query, reply))] as const)
    return Object.fromEntries(values.filter(([field, value]) => value !== '' || factOf(field)))
  }

  /** A rule that is not defined for this input has no result (§ "Get a Document"): then the next rule is asked. */
  #decision(text: string): Decision {
    let answer: unknown
    try {
      answer = JSON.parse(text)
    } catch {
      throw new Error(`opa ${this.name}: the answer is no JSON`)
    }
    if (typeof answer !== 'object' || answer === null) throw new Error(`opa ${this.name}: the answer is no object`)
    if (!('result' in answer)) return undefined
    const { result } = answer
    const action = ACTIONS.find((action) => action === result)
    if (action) return action
    throw new Error(`opa ${this.name}: the result must be one of ${ACTIONS.join(', ')}, got ${JSON.stringify(result)}`)
  }
}

/** Policies see addresses as they are written everywhere else. */
function withoutBrackets(field: string, value: string): string {
  return field.endsWith('_ip') ? value.replace(/^\[(.*)\]$/, '$1') : value
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // fetch says only that it failed, and its cause why.
  return error.cause instanceof Error ? error.cause.message : error.message
}
