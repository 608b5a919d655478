import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Complaint } from '../src/corefile/spec.ts'
import { compilePattern, MAX_PATTERN, regexp } from '../src/regexp.ts'

describe('compilePattern', () => {
  test.each<[string, string, readonly string[] | undefined]>([
    ['^ip-(?P<a>[0-9]+)[.]example[.]$', 'ip-10.example.', ['ip-10.example.', '10']],
    ['^ip-(?P<a>[0-9]+)[.]example[.]$', 'ip-x.example.', undefined],
    ['(a)|(b)', 'b', ['b', '', 'b']],
    ['(?i)WWW', 'a.www.', ['www']],
    ['', 'anything', ['']],
    ['(?s).', '\n', ['\n']],
    ['[[:alpha:]]+', '12ab3', ['ab']],
    ['\\pL+', '1é2', ['é']],
    ['(a+)(a*)', 'aaa', ['aaa', 'aaa', '']],
  ])('%s on %j', (pattern, input, groups) => {
    const compiled = compilePattern(pattern)
    expect(compiled.exec(input)).toEqual(groups)
    expect(compiled.test(input)).toBe(groups !== undefined)
  })

  test('names the groups by index', () => {
    expect(compilePattern('(?P<a>x)(y)(?<c>z)').groupNames).toEqual(['', 'a', '', 'c'])
  })

  test.each([
    ['(?P<x>', 'is no regular expression: missing closing )'],
    ['a**', 'is no regular expression'],
    ['[', 'is no regular expression: missing closing ]'],
    ['(?=a)', 'is no regular expression'],
    ['(a)\\1', 'is no regular expression'],
    ['a\ufffdb', 'is not UTF-8'],
    ['a{1001}', 'is no regular expression'],
    ['\xff'.repeat(MAX_PATTERN + 1), 'is longer than 10000 characters'],
  ])('refuses %.20s', (pattern, message) => {
    expect(() => regexp.parse(pattern)).toThrow(Complaint)
    expect(() => compilePattern(pattern)).toThrow(message)
  })

  test('takes linear time on what makes backtracking explode', () => {
    const started = performance.now()
    expect(compilePattern('(a+)+$').test(`${'a'.repeat(50_000)}!`)).toBe(false)
    expect(compilePattern('(a?){25}a{25}').exec('a'.repeat(25))?.[0]).toBe('a'.repeat(25))
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test('any text either compiles or is complained about', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab(?P<)>[]{}1,*+|\\^$.-:pN') }),
        fc.string(),
        (pattern, input) => {
          try {
            compilePattern(pattern).exec(input)
          } catch (error) {
            expect(error).toBeInstanceOf(Complaint)
          }
        },
      ),
    )
  })
})
