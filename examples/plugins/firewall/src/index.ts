import {
  type Block,
  type ConfigError,
  definePlugin,
  findLabel,
  oneOf,
  type Position,
  required,
  type Token,
} from 'coredge'
import { ExpressionError } from './expression/lex.ts'
import { type Expression, parseExpression } from './expression/parse.ts'
import { ExpressionRule } from './expressionrule.ts'
import { Firewall, type PlacedRule, type RuleLists } from './firewall.ts'
import { ACTIONS, type Action, type PolicyEngine, PolicyEngines, type Rule } from './policy.ts'

export { type Action, type Decision, type PolicyEngine, PolicyEngines, type Rule } from './policy.ts'

interface Complainer {
  error(message: string, at?: Token | Position): ConfigError
}

/** A line of a rule list as set up. What it is made into is known once all plugins of the block are there. */
interface Line {
  readonly direction: keyof RuleLists
  readonly place: string
  readonly make: () => Rule
}

/** `firewall query|response { ACTION EXPRESSION | ENGINE NAME }`: who may ask what, and get what. */
export const plugin = definePlugin({
  name: 'firewall',
  part: 'access',
  directive: { args: [required('direction', oneOf(['query', 'response']))], lines: true },
  setup(uses, block) {
    const lines = uses.flatMap((use) =>
      use.lines.map((words): Line => {
        const { file, line, column } = words[0].at
        return { direction: use.args.direction, place: `${file}:${line}:${column}`, make: maker(words, use, block) }
      }),
    )
    if (!uses.some(({ args }) => args.direction === 'query'))
      block.warn('firewall: there is no firewall query, so that every query is blocked', uses[0].at)
    let lists: RuleLists = { query: [], response: [] }
    const load = (): void => {
      const made = lines.map(({ direction, place, make }) => ({ direction, placed: { rule: make(), place } }))
      const listOf = (wanted: keyof RuleLists): PlacedRule[] =>
        made.flatMap(({ direction, placed }) => (direction === wanted ? [placed] : []))
      lists = { query: listOf('query'), response: listOf('response') }
    }
    return new Firewall(() => lists, load)
  },
})

function maker(words: readonly Token[], use: Complainer, block: Block): () => Rule {
  const [first, ...others] = words
  const action = ACTIONS.find((action) => action === first.text)
  return action ? expressionMaker(action, first, others, use, block) : engineMaker(first, others, use, block)
}

function expressionMaker(
  action: Action,
  first: Token,
  words: readonly Token[],
  use: Complainer,
  block: Block,
): () => Rule {
  if (words.length === 0) throw use.error(`${action} needs an expression after it, such as ${action} true`, first)
  const expression = readExpression(words, use)
  const at = (offset: number): Position => placeIn(words, offset)
  if (expression.flaw) block.warn(`firewall: the rule always fails: ${expression.flaw}`, words[0].at)
  return () => {
    const rule = new ExpressionRule(action, expression)
    for (const { name, offset } of rule.bind((name) => findLabel(block, name)))
      block.warn(`firewall: there is no variable or metadata label "${name}", so that it is always ''`, at(offset))
    return rule
  }
}

function readExpression(words: readonly Token[], use: Complainer): Expression {
  const text = words.map((word) => word.text).join(' ')
  try {
    return parseExpression(text)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw use.error(`expression: ${error.message}, in "${shown(text)}"`, placeIn(words, error.offset))
  }
}

const shown = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)

/** Where a character of the joined words stands in the Corefile. */
function placeIn(words: readonly Token[], offset: number): Position {
  let start = 0
  for (const { text, at } of words) {
    if (offset <= start + text.length) return { ...at, column: at.column + offset - start }
    start += text.length + 1
  }
  return words.at(-1)!.at
}

/** Engines are known once all plugins of the block are set up. */
function engineMaker(plugin: Token, [name, ...words]: readonly Token[], use: Complainer, block: Block): () => Rule {
  const actions = `a rule begins with ${ACTIONS.join(', ')}, or with the name of a plugin that decides`
  if (!name) throw use.error(`${plugin.text} needs the name of a policy engine after it; ${actions}`, plugin)
  return () => {
    const isMeant = (engine: PolicyEngine): boolean => engine.plugin === plugin.text && engine.name === name.text
    const engine = block.all(PolicyEngines).find(isMeant)
    if (engine) return engineRule(engine, words, use)
    throw use.error(`there is no policy engine "${plugin.text} ${name.text}" in this block; ${actions}`, plugin)
  }
}

function engineRule(engine: PolicyEngine, words: readonly Token[], use: Complainer): Rule {
  try {
    return engine.rule(words)
  } catch (error) {
    throw use.error(error instanceof Error ? error.message : String(error), words[0])
  }
}
