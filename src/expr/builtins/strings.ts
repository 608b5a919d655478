import { byteLength, GoError } from '../../golang/value.ts'
import { toInteger } from '../operate.ts'
import { arrayOf, BOOL, INT, STRING } from '../types.ts'
import { type Builtin, builtin, list, text } from './signature.ts'

const STRINGS = arrayOf(STRING)

/** Functions on text. */
export const STRING_BUILTINS: readonly Builtin[] = [
  builtin(
    'trim',
    [
      [[STRING], STRING],
      [[STRING, STRING], STRING],
    ],
    ([s, chars]) => (chars === undefined ? trimSpace(text(s)) : trimChars(text(s), text(chars))),
  ),
  builtin(
    'trimPrefix',
    [
      [[STRING, STRING], STRING],
      [[STRING], STRING],
    ],
    ([s, prefix = ' ']) => (text(s).startsWith(text(prefix)) ? text(s).slice(text(prefix).length) : s),
  ),
  builtin(
    'trimSuffix',
    [
      [[STRING, STRING], STRING],
      [[STRING], STRING],
    ],
    ([s, suffix = ' ']) =>
      text(suffix) !== '' && text(s).endsWith(text(suffix)) ? text(s).slice(0, -text(suffix).length) : s,
  ),
  builtin('upper', [[[STRING], STRING]], ([s]) => text(s).toUpperCase()),
  builtin('lower', [[[STRING], STRING]], ([s]) => text(s).toLowerCase()),
  builtin(
    'split',
    [
      [[STRING, STRING], STRINGS],
      [[STRING, STRING, INT], STRINGS],
    ],
    ([s, separator, n = -1n], budget) => split(text(s), text(separator), toInteger(n), (size) => budget.grow(size)),
  ),
  builtin(
    'splitAfter',
    [
      [[STRING, STRING], STRINGS],
      [[STRING, STRING, INT], STRINGS],
    ],
    ([s, separator, n = -1n], budget) => {
      const parts = split(text(s), text(separator), toInteger(n), (size) => budget.grow(size))
      return parts.map((part, i) => (i < parts.length - 1 ? part + text(separator) : part))
    },
  ),
  builtin(
    'replace',
    [
      [[STRING, STRING, STRING], STRING],
      [[STRING, STRING, STRING, INT], STRING],
    ],
    ([s, from, to, n = -1n], budget) =>
      replace(text(s), text(from), text(to), toInteger(n), (size) => budget.grow(size)),
  ),
  builtin('repeat', [[[STRING, INT], STRING]], ([s, n], budget) => {
    const times = toInteger(n)
    if (times < 0) throw new GoError(`invalid argument for repeat (expected positive integer, got ${times})`)
    budget.grow(text(s).length * times)
    return text(s).repeat(times)
  }),
  builtin(
    'join',
    [
      [[STRINGS, STRING], STRING],
      [[STRINGS], STRING],
    ],
    ([array, glue = ''], budget) => {
      const parts = list(array).map(text)
      budget.grow(parts.reduce((size, part) => size + part.length + text(glue).length, 0))
      return parts.join(text(glue))
    },
  ),
  builtin('indexOf', [[[STRING, STRING], INT]], ([s, part]) => octets(text(s), text(s).indexOf(text(part)))),
  builtin('lastIndexOf', [[[STRING, STRING], INT]], ([s, part]) => octets(text(s), text(s).lastIndexOf(text(part)))),
  builtin('hasPrefix', [[[STRING, STRING], BOOL]], ([s, prefix]) => text(s).startsWith(text(prefix))),
  builtin('hasSuffix', [[[STRING, STRING], BOOL]], ([s, suffix]) => text(s).endsWith(text(suffix))),
]

/** Go counts in octets. */
const octets = (s: string, index: number): bigint => BigInt(index < 0 ? -1 : byteLength(s.slice(0, index)))

const trimSpace = (s: string): string => s.replace(/^[\s\u0085]+/, '').replace(/[\s\u0085]+$/, '')

function trimChars(s: string, chars: string): string {
  const cut = new Set(chars)
  const all = [...s]
  let [from, to] = [0, all.length]
  while (from < to && cut.has(all[from])) from++
  while (to > from && cut.has(all[to - 1])) to--
  return all.slice(from, to).join('')
}

/** strings.SplitN: at most `n` parts, the last with what is left; all of them where `n` is negative. */
function split(s: string, separator: string, n: number, grow: (size: number) => void): string[] {
  if (n === 0) return []
  const parts = separator === '' ? [...s] : s.split(separator)
  grow(parts.length)
  if (n < 0 || parts.length <= n) return parts
  return [...parts.slice(0, n - 1), parts.slice(n - 1).join(separator)]
}

/** strings.Replace: the first `n`, or all where it is negative. */
function replace(s: string, from: string, to: string, n: number, grow: (size: number) => void): string {
  const times = from === '' ? s.length + 1 : s.split(from).length - 1
  grow(s.length + to.length * (n < 0 ? times : Math.min(n, times)))
  if (n < 0) return s.replaceAll(from, () => to)
  let left = n
  return s.replaceAll(from, (found) => (left-- > 0 ? to : found))
}
