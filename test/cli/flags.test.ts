import { describe, expect, it } from 'vitest'
import { describeFlags, parseFlags, UsageError } from '../../src/cli/flags.ts'

const FLAGS = {
  conf: { value: 'FILE', help: 'the Corefile' },
  'dns.port': { value: 'PORT', short: 'p', help: 'the port' },
  quiet: { help: 'print nothing' },
} as const

describe('flags are read as Go reads them', () => {
  const cases: [string, object, string[]?][] = [
    ['', {}],
    ['-conf a', { conf: 'a' }],
    ['--conf a', { conf: 'a' }],
    ['-conf=a', { conf: 'a' }],
    ['--conf=a=b', { conf: 'a=b' }],
    ['-conf=', { conf: '' }],
    ['-dns.port 53', { 'dns.port': '53' }],
    ['-p 53', { 'dns.port': '53' }],
    ['-p=53', { 'dns.port': '53' }],
    ['-quiet', { quiet: true }],
    ['-quiet=true', { quiet: true }],
    ['-quiet=false', {}],
    ['-quiet -conf a', { quiet: true, conf: 'a' }],
    ['-conf -', { conf: '-' }],
    ['-h', { help: true }],
    ['-help', { help: true }],
    ['a -quiet b', { quiet: true }, ['a', 'b']],
    ['-- -quiet', {}, ['-quiet']],
    ['+tcp @192.0.2.1', {}, ['+tcp', '@192.0.2.1']],
  ]
  it.each(cases)('%s', (line, flags, words = []) => {
    const parsed = parseFlags(line.split(' ').filter(Boolean), FLAGS)
    expect({ ...parsed.flags }).toEqual(flags)
    expect(parsed.words).toEqual(words)
  })
})

describe('what is wrong is said', () => {
  const cases: [string, string][] = [
    ['-confg a', 'unknown flag -confg (did you mean "-conf"?)'],
    ['-zzz', 'unknown flag -zzz'],
    ['-z', 'unknown flag -z'],
    ['-conf', '-conf: needs a value'],
    ['-quiet=2', '-quiet: must be true or false, got "2"'],
  ]
  it.each(cases)('%s', (line, message) => {
    expect(() => parseFlags(line.split(' '), FLAGS)).toThrow(new UsageError(message))
  })
})

it('help names every flag', () => {
  expect(describeFlags(FLAGS)).toBe(
    [
      '  -conf FILE          the Corefile',
      '  -dns.port, -p PORT  the port',
      '  -quiet              print nothing',
      '  -help, -h           show this',
    ].join('\n'),
  )
})
