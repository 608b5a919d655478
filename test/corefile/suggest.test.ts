import { expect, it } from 'vitest'
import { didYouMean, nearest } from '../../src/corefile/suggest.ts'

const DIRECTIVES = [
  'acl',
  'any',
  'bind',
  'cache',
  'errors',
  'file',
  'forward',
  'health',
  'hosts',
  'log',
  'prometheus',
  'tls',
]

it.each([
  ['foward', 'forward'],
  ['forwrad', 'forward'],
  ['Forward', 'forward'],
  ['forwarding', 'forward'],
  ['promethues', 'prometheus'],
  ['erors', 'errors'],
  ['error', 'errors'],
  ['host', 'hosts'],
  ['lgo', 'log'],
  ['cahce', 'cache'],
  ['blind', 'bind'],
  ['x', undefined],
  ['', undefined],
  ['example.org', undefined],
  ['metrics', undefined],
  ['proxy', undefined],
  ['f'.repeat(1_000_000), undefined],
])('%.20s is near %s', (word, expected) => expect(nearest(word, DIRECTIVES)).toBe(expected))

it('makes a phrase of it', () => {
  expect(didYouMean('cahce', DIRECTIVES)).toBe(' (did you mean "cache"?)')
  expect(didYouMean('nothing', DIRECTIVES)).toBe('')
})
