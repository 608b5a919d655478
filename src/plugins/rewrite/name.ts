import type { Query } from '../../query.ts'
import { compilePattern } from '../../regexp.ts'
import type { Reply } from '../../reply.ts'
import { back, namesBy, ownersBy, type ReplyChange, targetsBy, whereItCan } from './answer.ts'
import { checkGroups, KINDS, matchOf, normalize } from './match.ts'
import type { Effect } from './rule.ts'
import type { Words } from './words.ts'

/** What the options after a name rule ask for. */
interface Answers {
  readonly auto: boolean
  readonly explicit: readonly ReplyChange[]
}

/** `name [KIND] FROM TO [answer …]` */
export function nameRule(words: Words): Effect {
  // Two words are FROM and TO; with more the kind must be told.
  const kind = words.left === 2 ? 'exact' : words.oneOf('match', KINDS)
  const from = words.next('from')
  const target = words.next('to')
  const match = words.parse('from', from, (text) => matchOf(kind, text))
  if (kind === 'regex') words.parse('to', target, (text) => checkGroups(compilePattern(from.text), text))
  const to = normalize(target.text)
  const change = match.to(to)
  const { auto, explicit } = answersOf(words)
  const changes: NameAnswering[] = explicit.toReversed()
  // A suffix is put back wherever it is found, whatever stands before it.
  if (kind === 'suffix' && auto) changes.push(namesBy(whereItCan(matchOf('suffix', to).to(normalize(from.text)))))
  else if (kind === 'exact' || auto) changes.push(nameBack)
  return {
    ask(query) {
      const name = change(query.name, 0)
      return name && query.with({ name })
    },
    answer: allOf(changes),
  }
}

type NameAnswering = (reply: Reply, query: Query, asked: Query) => Reply

const nameBack: NameAnswering = (reply, query, asked) => namesBy(back(asked.name, query.name))(reply)

/** One change after the other; undefined where there are none. */
function allOf(changes: readonly NameAnswering[]): NameAnswering | undefined {
  const [first, ...more] = changes
  if (more.length === 0) return first
  return (reply, query, asked) => changes.reduce((changed, change) => change(changed, query, asked), reply)
}

/** `answer auto`, `answer name FROM TO`, `answer value FROM TO`; after the first the word `answer` may be left out. */
function answersOf(words: Words): Answers {
  const explicit: ReplyChange[] = []
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

function answerRule(what: 'name' | 'value', words: Words): ReplyChange {
  const pattern = words.next('from')
  const target = words.next('to')
  const match = words.parse('from', pattern, (text) => matchOf('regex', text))
  words.parse('to', target, (text) => checkGroups(compilePattern(pattern.text), text))
  const change = whereItCan(match.to(normalize(target.text)))
  return what === 'name' ? ownersBy(change) : targetsBy(change)
}
