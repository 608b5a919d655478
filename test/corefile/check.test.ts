import { describe, expect, it } from 'vitest'
import { checkDirective } from '../../src/corefile/check.ts'
import { ConfigErrors } from '../../src/corefile/error.ts'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { type DirectiveSpec, optional, required, rest, some, type Use } from '../../src/corefile/spec.ts'
import { specSyntax } from '../../src/corefile/syntax.ts'
import { boolean, duration, fileName, integer, oneOf, ttl, word, zone } from '../../src/corefile/values.ts'
import { type Name, nameText } from '../../src/dns/name.ts'

const capacity = required('capacity', integer({ min: 0 }))
const cache = {
  args: [optional('ttl', integer({ min: 1 })), rest('zones', zone)],
  properties: {
    success: { args: [capacity, optional('ttl', ttl), optional('minttl', ttl)] },
    servfail: { args: [required('duration', duration)] },
    disable: { args: [required('kind', oneOf(['success', 'denial'])), rest('zones', zone)], repeat: true },
    keepttl: { args: [] },
  },
} as const satisfies DirectiveSpec
const hosts = {
  args: [optional('file', fileName), rest('zones', zone)],
  properties: { ttl: { args: [required('ttl', ttl)] }, no_reverse: { args: [] } },
  lines: true,
} as const satisfies DirectiveSpec
const forward = {
  args: [required('from', zone), some('to', word)],
  properties: { except: { args: [some('zones', zone)] } },
} as const satisfies DirectiveSpec
const secret = { args: [], properties: { keys: { args: [], lines: true } } } as const satisfies DirectiveSpec
const whoami = { args: [] } as const satisfies DirectiveSpec
const log = { args: [rest('words', word)], braces: false, properties: {} } as const satisfies DirectiveSpec

const use = <const Spec extends DirectiveSpec>(directive: string, spec: Spec): Use<Spec> =>
  checkDirective(parseCorefile(`. {\n  ${directive}\n}`).blocks[0].directives[0], spec)

function complaints(directive: string, spec: DirectiveSpec): string[] {
  try {
    use(directive, spec)
  } catch (error) {
    if (error instanceof ConfigErrors) return error.errors.map(({ message }) => message.replace(/^Corefile:/, ''))
    throw error
  }
  return []
}

const names = (zones: readonly Name[]): string => zones.map(nameText).join(' ')

describe('arguments', () => {
  it.each([
    ['cache', undefined, ''],
    ['cache 30', 30, ''],
    ['cache 30 a.org b.org', 30, 'a.org. b.org.'],
    ['cache a.org', undefined, 'a.org.'],
    ['cache 10.0.0.0/15 a.org', undefined, '0.10.in-addr.arpa. 1.10.in-addr.arpa. a.org.'],
    ['cache 30 10.0.0.0/15', 30, '0.10.in-addr.arpa. 1.10.in-addr.arpa.'],
  ])('%s', (text, seconds, zones) => {
    const { args, tokens } = use(text, cache)
    expect([args.ttl, names(args.zones)]).toEqual([seconds, zones])
    expect(tokens.map((token) => token.text)).toEqual(text.split(' ').slice(1))
  })

  it('are typed', () => {
    const { args } = use('forward . 1.1.1.1 8.8.8.8', forward)
    const from: Name = args.from
    const to: readonly string[] = args.to
    expect([nameText(from), ...to]).toEqual(['.', '1.1.1.1', '8.8.8.8'])
  })

  it.each([
    ['cache -1', cache, ['2:9: cache: ttl must be at least 1, got "-1"']],
    ['cache 0 a.org', cache, ['2:9: cache: ttl must be at least 1, got "0"']],
    ['cache a..org', cache, ['2:9: cache: zone is no domain name: empty label in name "a..org", got "a..org"']],
    [
      'cache 5 a..b c d..e',
      cache,
      [
        '2:11: cache: zone is no domain name: empty label in name "a..b", got "a..b"',
        '2:18: cache: zone is no domain name: empty label in name "d..e", got "d..e"',
      ],
    ],
    ['forward', forward, ['2:3: forward: from is missing (forward FROM TO…)']],
    ['forward .', forward, ['2:3: forward: to is missing (forward FROM TO…)']],
    [
      'forward 10.0.0.0/15 x',
      forward,
      ['2:11: forward: from stands for 2 zones: only one can be given here, got "10.0.0.0/15"'],
    ],
    ['whoami x y', whoami, ['2:10: whoami: takes no arguments, got "x"']],
    ['whoami ""', whoami, ['2:10: whoami: takes no arguments, got ""']],
    ['whoami {\n}', whoami, ['2:10: whoami: takes no braces, got "{"']],
    ['whoami { x y }', whoami, ['2:10: whoami: takes no braces, got "{ x …"']],
    ['log {\n}', log, ['2:7: log: takes no braces, got "{"']],
  ])('%s', (text, spec, expected) => expect(complaints(text, spec)).toEqual(expected))

  it('leave words to those behind them that must be there', () => {
    const spec = { args: [optional('a', word), rest('b', word), required('c', word)] } as const
    expect(use('x 1', spec).args).toEqual({ a: undefined, b: [], c: '1' })
    expect(use('x 1 2', spec).args).toEqual({ a: '1', b: [], c: '2' })
    expect(use('x 1 2 3 4', spec).args).toEqual({ a: '1', b: ['2', '3'], c: '4' })
  })
})

describe('properties', () => {
  it('are found by name', () => {
    const { get, all, has, lines } = use(
      'cache {\n    success 500 30\n    disable denial a.org\n    disable success\n    keepttl\n  }',
      cache,
    )
    const success = get('success')!
    expect(success.args).toEqual({ capacity: 500, ttl: 30, minttl: undefined })
    expect(success.at).toMatchObject({ line: 3, column: 5 })
    expect(success.tokens.map(({ text }) => text)).toEqual(['500', '30'])
    expect(all('disable').map(({ args }) => [args.kind, names(args.zones)])).toEqual([
      ['denial', 'a.org.'],
      ['success', ''],
    ])
    expect(get('disable')!.args.kind).toBe('success')
    expect([has('keepttl'), has('servfail'), get('servfail'), all('servfail'), lines]).toEqual([
      true,
      false,
      undefined,
      [],
      [],
    ])
  })

  it('can be left out, also in braces', () => {
    expect(use('cache {\n}', cache).has('success')).toBe(false)
    expect(use('cache { }', cache).args.ttl).toBeUndefined()
    expect(use('cache { keepttl }', cache).has('keepttl')).toBe(true)
  })

  it.each([
    ['sucess 5', '3:1: cache: unknown property (did you mean "success"?), got "sucess"'],
    ['prefetch 5', '3:1: cache: unknown property, got "prefetch"; there are success, servfail, disable, keepttl'],
    ['constructor', '3:1: cache: unknown property, got "constructor"; there are success, servfail, disable, keepttl'],
    ['success', '3:1: cache: success: capacity is missing (success CAPACITY [TTL] [MINTTL])'],
    ['success x', '3:9: cache: success: capacity must be a whole number, got "x"'],
    ['success 1 -1', '3:11: cache: success: ttl must not be negative, got "-1"'],
    ['success 1 x', '3:11: cache: success: ttl must be a whole number, got "x"'],
    ['success 1 2 x', '3:13: cache: success: minttl must be a whole number, got "x"'],
    ['success 1 2 3 4', '3:15: cache: success: takes at most 3 arguments (success CAPACITY [TTL] [MINTTL]), got "4"'],
    ['servfail 5', '3:10: cache: servfail: duration must be a duration such as 30s or 1h30m, with a unit, got "5"'],
    ['servfail 5s 6s', '3:13: cache: servfail: takes at most 1 argument (servfail DURATION), got "6s"'],
    ['disable sucess', '3:9: cache: disable: kind must be success or denial (did you mean "success"?), got "sucess"'],
    ['keepttl 5', '3:9: cache: keepttl: takes no arguments, got "5"'],
    ['keepttl\nkeepttl', '4:1: cache: property was given before, at 3:1, got "keepttl"'],
    ['success 5 {\n}', '3:11: cache: success: takes no braces, got "{"'],
    ['success 5 {\n x\n}', '3:11: cache: success: takes no braces, got "{ x …"'],
  ])('%j', (line, expected) => expect(complaints(`cache {\n${line}\n}`, cache)).toEqual([expected]))

  it('are all complained of at once', () => {
    expect(
      complaints('cache 0 a..b {\n  success\n  nothing\n  keepttl 1\n}', cache).map((message) => message.split(' ')[0]),
    ).toEqual(['2:9:', '2:11:', '3:3:', '4:3:', '5:11:'])
  })
})

it('shows long words and line ends in one short line', () => {
  expect(complaints(`whoami "a\nb"`, whoami)).toEqual(['2:10: whoami: takes no arguments, got "a\\u{a}b"'])
  expect(complaints(`whoami ${'x'.repeat(1000)}`, whoami)).toEqual([
    `2:10: whoami: takes no arguments, got "${'x'.repeat(80)}…"`,
  ])
})

describe('free lines', () => {
  const words = (lines: Use['lines']): string[] => lines.map((line) => line.map(({ text }) => text).join(' '))

  it('are handed over', () => {
    const { args, lines, get } = use('hosts db a.org {\n 10.0.0.1 a b\n ttl 5\n ::1 c\n}', hosts)
    expect([args.file, names(args.zones), words(lines), get('ttl')!.args.ttl]).toEqual([
      'db',
      'a.org.',
      ['10.0.0.1 a b', '::1 c'],
      5,
    ])
  })

  it('keep braces as words', () => {
    expect(words(use('hosts {\n a {\n b {\n c\n }\n }\n d\n}', hosts).lines)).toEqual([
      'a {',
      'b {',
      'c',
      '}',
      '}',
      'd',
    ])
  })

  it('belong to the property in whose braces they stand', () => {
    const { get, lines } = use('secret {\n keys {\n a b\n c\n }\n}', secret)
    expect([words(get('keys')!.lines), words(lines)]).toEqual([['a b', 'c'], []])
    expect(words(use('secret {\n keys\n}', secret).get('keys')!.lines)).toEqual([])
  })
})

describe('errors that plugins find', () => {
  it('have place and directive', () => {
    const found = use('cache 30 {\n  success 5\n}', cache)
    expect(found.error('is wrong').message).toBe('Corefile:2:3: cache: is wrong')
    expect(found.error('is wrong', found.tokens[0]).message).toBe('Corefile:2:9: cache: is wrong')
    const success = found.get('success')!
    expect(success.error('is wrong').message).toBe('Corefile:3:3: cache: success: is wrong')
    expect(success.error('is wrong', success.tokens[0].at).position).toEqual({ file: 'Corefile', line: 3, column: 11 })
  })
})

describe('specSyntax', () => {
  it.each([
    ['whoami', whoami, 'whoami'],
    ['log', log, 'log [WORDS…]'],
    ['forward', forward, 'forward FROM TO… {\n    except ZONES…\n}'],
    [
      'cache',
      cache,
      'cache [TTL] [ZONES…] {\n    success CAPACITY [TTL] [MINTTL]\n    servfail DURATION\n    disable success|denial [ZONES…]\n    keepttl\n}',
    ],
    ['hosts', hosts, 'hosts [FILE] [ZONES…] {\n    …\n    ttl TTL\n    no_reverse\n}'],
    ['secret', secret, 'secret {\n    keys {\n        …\n    }\n}'],
    ['local', { args: [required('prefix', boolean)] }, 'local on|off'],
  ])('%s', (name, spec, expected) => expect(specSyntax(name, spec)).toBe(expected))
})
