import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDirective } from '../../src/corefile/check.ts'
import { ConfigErrors } from '../../src/corefile/error.ts'
import { formatCorefile } from '../../src/corefile/format.ts'
import { type Corefile, parseCorefile } from '../../src/corefile/parse.ts'
import { optional, required, rest, some } from '../../src/corefile/spec.ts'
import { duration, hostPort, integer, zone } from '../../src/corefile/values.ts'
import { files } from './outline.ts'

const imports = files({
  a: 'log\nimport b {args[0]}\n',
  b: 'cache {\n success {args.0}\n}',
  c: 'import a x\nimport d*',
  d: 'x.org {\n log "\n}',
  e: '} {\n',
})
const env = { A: 'a.org', B: '{', C: 'x "y" {$A}' }

const piece = fc.constantFrom(
  ...[
    '{',
    '}',
    '"',
    '\\',
    '#',
    '\n',
    '\r\n',
    ' ',
    '\t',
    ',',
    '\\\n',
    '\\"',
    '{{',
    '\0',
    '\ufeff',
    '\ud800',
    ' {\n',
    '\n}\n',
    '("s") {\n',
  ],
  ...[
    'a.org',
    '.:53',
    'tls://',
    'grpc://x',
    '10.0.0.0/15',
    '[::1]:53',
    '(s)',
    '(s) {\n',
    'import',
    'import s\n',
    'import a x\n',
  ],
  ...[
    'import d*\n',
    'import e\n',
    '{$A}',
    '{%B%}',
    '{$C:d}',
    '{{$A}}',
    '{args[0]}',
    '{args.1}',
    '{args[:]}',
    'cache',
    '30',
    '"a b"',
    '# c\n',
  ],
)
const corefile = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(' ')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

/** Undefined where it is no Corefile; anything but ConfigErrors gets through. */
function parsed(text: string): Corefile | undefined {
  try {
    return parseCorefile(text, { env, imports })
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    expect(error.errors.length).toBeGreaterThan(0)
    for (const { message } of error.errors) expect(message).toMatch(/^[^\n:]+:\d+:\d+: [a-z]/)
    return undefined
  }
}

/** A Corefile without the places, which formatting moves. */
const withoutPlaces = ({ blocks, files, warnings }: Corefile) =>
  JSON.parse(
    JSON.stringify({ blocks, files, warnings: warnings.map((text) => text.replace(/^[^ ]+/, '')) }, (key, value) =>
      key === 'at' ? undefined : value,
    ),
  )

const runs = { numRuns: 3000 }

describe('any text', () => {
  it('gives a Corefile or ConfigErrors', () => {
    fc.assert(
      fc.property(corefile, (text) => {
        parsed(text)
      }),
      runs,
    )
  })

  it('formatted twice is as formatted once, and means the same', () => {
    fc.assert(
      fc.property(corefile, (text) => {
        let formatted: string
        try {
          formatted = formatCorefile(text)
        } catch (error) {
          if (!(error instanceof ConfigErrors)) throw error
          expect(parsed(text)).toBeUndefined()
          return
        }
        expect(formatCorefile(formatted)).toBe(formatted)
        const before = parsed(text)
        const after = parsed(formatted)
        if (before) expect(after && withoutPlaces(after)).toEqual(withoutPlaces(before))
      }),
      runs,
    )
  })

  it('is checked against a declaration with ConfigErrors or a use', () => {
    const spec = {
      args: [optional('count', integer({ max: 50 })), optional('time', duration), rest('zones', zone)],
      properties: {
        success: { args: [required('to', hostPort(53)), some('zones', zone)], lines: true },
        log: { args: [optional('a', duration), optional('b', zone)], repeat: true },
      },
    } as const
    fc.assert(
      fc.property(corefile, (text) => {
        for (const node of parsed(`. {\n${text}\n}`)?.blocks[0].directives ?? [])
          try {
            checkDirective(node, spec)
          } catch (error) {
            if (!(error instanceof ConfigErrors)) throw error
          }
      }),
      runs,
    )
  })
})

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('{', '}', 'import', '#', 'a b', '', '\\'),
)
/** A word and how it is written. In quotes a backslash before a quote, or at the end, cannot be. */
const quoted = word
  .filter((text) => !/\\"|\\$|\{[$%]/.test(text))
  .map((text) => [text, `"${text.replaceAll('"', '\\"')}"`])
const plain = fc
  .stringMatching(/^[a-z][a-z0-9./:_-]{0,8}$/)
  .filter((text) => text !== 'import')
  .map((text) => [text, text])
const line = fc
  .tuple(plain, fc.array(fc.oneof(quoted, plain), { maxLength: 4 }))
  .map(([first, others]) => [first, ...others])

it('a Corefile that is written is read back', () => {
  const directive = fc.record({ line, block: fc.option(fc.array(line, { maxLength: 3 }), { nil: undefined }) })
  const write = (words: string[][]): string => words.map(([, written]) => written).join(' ')
  const read = (words: string[][]): string[] => words.map(([text]) => text)
  fc.assert(
    fc.property(fc.array(directive, { maxLength: 4 }), (directives) => {
      const text = directives.map(
        ({ line, block }) => `${write(line)}${block ? ` {\n${block.map(write).join('\n')}\n}` : ''}\n`,
      )
      const [block] = parseCorefile(`. {\n${text.join('')}}\n`).blocks
      const got = block.directives.map(({ name, tokens, lines }) => ({
        line: [name, ...tokens.map((token) => token.text)],
        block: lines?.map((line) => line.tokens.map((token) => token.text)),
      }))
      expect(got).toEqual(directives.map(({ line, block }) => ({ line: read(line), block: block?.map(read) })))
    }),
  )
})

describe('an untidy Corefile', () => {
  const gap = fc.constantFrom(' ', '  ', '\t', ' \\\n', ' \\ \r\n\t')
  const end = fc.constantFrom('\n', '\r\n', '\n\n\n', ' # c\n', '#c \\\n', '\n  # own\n', '\n\n# own {\n\n')
  const open = fc.constantFrom('{', '{\n', '{ # c\n', '{\n\n# own\n').map((text) => ` ${text} `)
  const lines = fc.array(
    fc
      .tuple(line, gap, end)
      .map(([words, between, after]) => words.map(([, written]) => written).join(between) + after),
    { maxLength: 3 },
  )
  const directive = fc.oneof(
    lines.map((some) => some.join('')),
    fc
      .tuple(plain, open, lines, end)
      .map(([[name], brace, some, after]) => `${name}${brace}${some.join('')} }${after}`),
    fc.constantFrom('import s\n', '  import s # c\n'),
  )
  const keys = fc.constantFrom('.', 'a.org b.org', 'a.org,\n b.org', 'tls://c:53, # c\n\nd', '(t)', '(t)\n\n')
  const before = fc.constantFrom('', '\n', ' # c\n', '\n# c\n\n# d\n')
  const block = fc
    .tuple(keys, before, open, fc.array(directive, { maxLength: 3 }), end)
    .map(([key, gap, brace, some, after]) => `${key}${gap}${brace}${some.join('')} }${after}`)
  const untidy = fc.array(block, { maxLength: 3 }).map((blocks) => `(s) { x }\n${blocks.join('')}`)

  it('means the same formatted, and formatted twice is as formatted once', () => {
    let valid = 0
    fc.assert(
      fc.property(untidy, (text) => {
        const before = parsed(text)
        if (!before) return
        valid++
        const formatted = formatCorefile(text)
        const after = parsed(formatted)
        expect(formatCorefile(formatted)).toBe(formatted)
        expect(after && withoutPlaces(after)).toEqual(withoutPlaces(before))
      }),
      { numRuns: 1000 },
    )
    expect(valid).toBeGreaterThan(500)
  })
})
