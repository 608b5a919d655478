import { compilePattern } from '../../regexp.ts'
import { back, byText, changeOwners, changeTargets } from './answer.ts'
import { checkGroups, KINDS, type Kind, matchOf, normalize } from './match.ts'
import { type Apply, nameFrom, type ResponseRule } from './rule.ts'
import type { Words } from './words.ts'

/** What the options after a name rule ask for. */
interface Answers {
  readonly auto: boolean
  readonly explicit: readonly ResponseRule[]
}

/** `name [KIND] FROM TO [answer …]` */
export function nameRule(words: Words): Apply {
  // Two words are FROM and TO; with more the kind must be told.
  const kind = words.left === 2 ? 'exact' : words.oneOf('match', KINDS)
  const from = words.next('from')
  const target = words.next('to')
  const match = words.parse('from', from, (text) => matchOf(kind, text))
  if (kind === 'regex') words.parse('to', target, (text) => checkGroups(compilePattern(from.text), text))
  const to = normalize(target.text)
  const answers = answersOf(words)
  const fixed = [...suffixBack(kind, answers, normalize(from.text), to), ...answers.explicit]
  const isRemapped = kind === 'exact' || (answers.auto && kind !== 'suffix')
  return ({ query, name }) => {
    const text = match.rewrite(name, to)
    if (text === undefined) return undefined
    const rewritten = nameFrom(text)
    const remap = back(rewritten, query.name)
    return {
      query: query.with({ name: rewritten }),
      responses: isRemapped ? [changeOwners(remap), changeTargets(remap), ...fixed] : fixed,
    }
  }
}

/** A suffix is put back wherever it is found, whatever stands before it. */
function suffixBack(kind: Kind, { auto }: Answers, from: string, to: string): readonly ResponseRule[] {
  if (kind !== 'suffix' || !auto) return []
  const match = matchOf('suffix', to)
  const change = byText((text) => match.rewrite(text, from))
  return [changeOwners(change), changeTargets(change)]
}

/** `answer auto`, `answer name FROM TO`, `answer value FROM TO`; after the first the word `answer` may be left out. */
function answersOf(words: Words): Answers {
  const explicit: ResponseRule[] = []
  let auto = false
  let hasNames = false
  for (let isFirst = true; words.left > 0; isFirst = false) {
    if (!words.takes('answer') && isFirst) throw words.error('options must begin with answer', words.next('answer'))
    const what = words.oneOf('answer', ['auto', 'name', 'value'])
    if (what === 'auto') {
      auto = true
      continue
    }
    hasNames ||= what === 'name'
    explicit.push(answerRule(what, words))
  }
  if (auto && hasNames) throw words.conflict('answer auto and answer name cannot be had together')
  return { auto, explicit }
}

function answerRule(what: 'name' | 'value', words: Words): ResponseRule {
  const pattern = words.next('from')
  const target = words.next('to')
  const match = words.parse('from', pattern, (text) => matchOf('regex', text))
  words.parse('to', target, (text) => checkGroups(compilePattern(pattern.text), text))
  const change = byText((text) => match.rewrite(text, normalize(target.text)))
  return what === 'name' ? changeOwners(change) : changeTargets(change)
}
