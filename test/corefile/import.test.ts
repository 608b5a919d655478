import { describe, expect, it } from 'vitest'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { complaints, files, outline } from './outline.ts'

describe('snippets', () => {
  it.each([
    ['in a block', '(s) {\n log\n errors\n}\n. {\n import s\n whoami\n}', ['.', '  log', '  errors', '  whoami']],
    ['twice', '(s) {\n log\n}\na. {\n import s\n}\nb. {\n import s\n}', ['a.', '  log', 'b.', '  log']],
    ['in braces', '(s) {\n success 5\n}\n. {\n cache {\n import s\n }\n}', ['.', '  cache {', '    success 5', '  }']],
    [
      'with braces',
      '(s) {\n cache {\n success 5\n }\n}\n. {\n import s\n}',
      ['.', '  cache {', '    success 5', '  }'],
    ],
    ['of server blocks', '(s) {\n a. {\n log\n }\n}\nimport s', ['a.', '  log']],
    ['of keys', '(s) {\n b. c.\n}\na.,\nimport s\n{\n log\n}', ['a. b. c.', '  log']],
    ['of snippets', '(a) {\n log\n}\n(b) {\n import a\n errors\n}\n. {\n import b\n}', ['.', '  log', '  errors']],
    ['by a variable', '(s) {\n log\n}\n. {\n import {$S}\n}', ['.', '  log']],
    ['with a name of several words', '"(s t)" {\n log\n}\n. {\n import "s t"\n}', ['.', '  log']],
    ['that is empty', '(s) {\n}\n. {\n import s\n}', ['.']],
    ['not as an argument', '. {\n chaos import x\n}', ['.', '  chaos "import" x']],
    ['not in quotes', '. {\n "import" x\n}', ['.', '  "import" x']],
  ])('%s', (_, text, expected) => expect(outline(text, { env: { S: 's' } })).toEqual(expected))

  it.each([
    ['two of a name', '(s) {\n}\n(s) {\n}', '3:1: snippet: there is one of this name already, got "(s)"'],
    ['no name', '() {\n}', '1:1: snippet: a name must stand in the parentheses, got "()"'],
    ['no braces', '(s)\n', '1:1: snippet: a block must follow, got "(s)"'],
    [
      'an unknown one',
      '(common) {\n}\n. {\n import comon\n}',
      '4:9: import: there is no such snippet or file (did you mean "common"?), got "comon"',
    ],
    [
      'a later one',
      '. {\n import s\n}\n(s) {\n}',
      '2:9: import: the snippet is defined only later, at Corefile:4, got "s"',
    ],
    [
      'itself',
      '(s) {\n import s\n}\n. {\n import s\n}',
      '2:9: import: goes round in circles: (s) imports (s), got "s"',
    ],
    [
      'one that imports it',
      '(a) {\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}',
      '5:9: import: goes round in circles: (a) imports (b) imports (a), got "a"',
    ],
    ['nothing', '. {\n import\n}', '2:2: import: a snippet or a file must be named, got "import"'],
    ['an empty name', '. {\n import ""\n}', '2:9: import: a snippet or a file must be named, got ""'],
    ['with braces', '. {\n import s {\n  x {\n  }\n }\n}', '2:11: import: takes no braces, got "{"'],
  ])('refuses %s', (_, text, expected) => expect(complaints(text)).toEqual([`Corefile:${expected}`]))

  it('points into the snippet for what is wrong in it', () => {
    expect(complaints('(s) {\n a {\n }\n {\n }\n}\n. {\n import s\n}')).toEqual([
      'Corefile:4:2: a block must open on the line of its directive, got "{"',
    ])
  })
})

describe('arguments', () => {
  const snippet = (body: string, args: string) => `(s) {\n ${body}\n}\n. {\n import s ${args}\n}`

  it.each([
    ['{args[0]} {args[1]}', 'a b', '  a b'],
    ['x {args.0} {args.1}', 'a b', '  x a b'],
    ['x {args[0]}.{args[1]}:53', 'a b', '  x a.b:53'],
    ['x "<{args[0]}>"', '"a b"', '  x "<a b>"'],
    ['x {args[0]}', '"a b"', '  x "a b"'],
    ['x {args[:]} y', 'a b', '  x a b y'],
    ['x {args[1:]}', 'a b c', '  x b c'],
    ['x {args[:2]}', 'a b c', '  x a b'],
    ['x {args[:]}', '', '  x'],
    ['x {args[0]}', '"{"', '  x "{"'],
    ['{args[0]} x', '"import"', '  "import" x'],
    ['x {args[0]}', '{$V}', '  x v'],
    ['x {args} {args[a]} {args.}', '{args[0]}'.slice(0, 0), '  x "{args}" "{args[a]}" "{args.}"'],
  ])('%j with %s', (body, args, expected) => {
    expect(outline(snippet(body, args), { env: { V: 'v' } })).toEqual(['.', expected])
  })

  it('go on through snippets in snippets', () => {
    const text = '(a) {\n x {args[0]}\n}\n(b) {\n import a {args[1]}\n}\n. {\n import b 1 2\n}'
    expect(outline(text)).toEqual(['.', '  x 2'])
  })

  it.each([
    ['x {args[1]}', 'a', 'Corefile:2:4: import: has no such argument, got "{args[1]}"'],
    ['x {args.0}', '', 'Corefile:2:4: import: has no such argument, got "{args.0}"'],
    ['x', 'a b', 'Corefile:5:11: import: (s) takes no arguments, got "a"'],
  ])('%j with %j is refused', (body, args, expected) => expect(complaints(snippet(body, args))).toEqual([expected]))
})

describe('files', () => {
  const imports = files({
    'Corefile.d/a.conf': 'log\nerrors',
    'Corefile.d/b.conf': 'whoami\nimport ../more/c.conf\n',
    'more/c.conf': 'chaos {args[0]}',
    'more/d.conf': 'import e.conf x',
    'more/e.conf': 'chaos {args[0]}',
    'keys.conf': 'a. b.',
    'blocks.conf': '(s) {\n log\n}\nx. {\n import s\n}',
    'bare.conf': 'x.\nlog\n',
    'bad.conf': '\n  log "x\n',
    'open.conf': 'cache {\n',
    'self.conf': 'import ./self.conf',
    'round.conf': 'import more/../circle.conf',
    'circle.conf': 'import /etc/round.conf',
  })
  const options = { imports }

  it.each([
    ['in a block', '. {\n import Corefile.d/a.conf\n}', ['.', '  log', '  errors']],
    ['by its whole path', '. {\n import /etc/Corefile.d/a.conf\n}', ['.', '  log', '  errors']],
    ['from the folder of the file that imports it', '. {\n import more/d.conf\n}', ['.', '  chaos x']],
    ['with arguments', '. {\n import more/c.conf v1\n}', ['.', '  chaos v1']],
    ['by a pattern', '. {\n import Corefile.d/a*\n import more/none*\n}', ['.', '  log', '  errors']],
    ['with keys', 'import keys.conf\n{\n log\n}', ['a. b.', '  log']],
    ['with blocks and snippets', 'import blocks.conf\n. {\n import s\n}', ['x.', '  log', '.', '  log']],
    ['a block without braces', 'import bare.conf\nerrors', ['x.', '  log', '  errors']],
    [
      'twice',
      '. {\n import Corefile.d/a.conf\n import Corefile.d/a.conf\n}',
      ['.', '  log', '  errors', '  log', '  errors'],
    ],
  ])('%s', (_, text, expected) => expect(outline(text, options)).toEqual(expected))

  it('come in the order of their names', () => {
    const source = { read: (path: string) => `${path} x`, glob: () => ['c', 'a', 'b'] }
    expect(outline('. {\n import *\n}', { imports: source })).toEqual(['.', '  a x', '  b x', '  c x'])
  })

  it.each([
    [
      'there is none',
      '. {\n import none.conf\n}',
      ['Corefile:2:9: import: there is no such snippet or file, got "none.conf"'],
    ],
    [
      'one of theirs is not there',
      '. {\n import Corefile.d/b.conf\n}',
      ['more/c.conf:1:7: import: has no such argument, got "{args[0]}"'],
    ],
    ['an error is in them', '. {\n import bad.conf\n}', ['bad.conf:2:7: quote is never closed, got "x']],
    ['a block is not closed', '. {\n import open.conf\n log\n}', ['open.conf:1:7: block is never closed, got "{"']],
    [
      'they import themselves',
      '. {\n import self.conf\n}',
      ['self.conf:1:8: import: goes round in circles: self.conf imports self.conf, got "./self.conf"'],
    ],
    [
      'two names are given, as if both were files',
      '. {\n import Corefile.d/a.conf b.conf\n}',
      ['Corefile:2:27: import: Corefile.d/a.conf takes no arguments, got "b.conf"'],
    ],
  ])('are refused where %s', (_, text, expected) => expect(complaints(text, options)).toEqual(expected))

  it('may not go round in circles by other names', () => {
    const source = { read: () => 'import ./y/../../etc/Corefile', glob: () => [] }
    expect(complaints('import /etc/Corefile', { imports: source })).toEqual([
      '/etc/Corefile:1:8: import: goes round in circles: /etc/Corefile imports /etc/Corefile, got "./y/../../etc/Corefile"',
    ])
  })

  it('may not import the Corefile', () => {
    const source = { read: () => 'import Corefile', glob: () => [] }
    expect(complaints('import x', { imports: source })).toEqual([
      'x:1:8: import: goes round in circles: Corefile imports x imports Corefile, got "Corefile"',
    ])
  })

  it('are refused where files cannot be read', () => {
    const source = {
      read: () => {
        throw new Error('permission denied')
      },
      glob: () => {
        throw new Error('no such folder')
      },
    }
    expect(complaints('import x\nimport *\n', { imports: source })).toEqual([
      'Corefile:1:8: import: cannot be read: permission denied, got "x"',
      'Corefile:2:8: import: cannot be searched: no such folder, got "*"',
    ])
    expect(complaints('import x')).toEqual(['Corefile:1:8: import: there is no such snippet or file, got "x"'])
  })

  it('are listed, and patterns that match nothing give a warning', () => {
    const { files: read, warnings } = parseCorefile('. {\n import more/d.conf\n import x/*.conf\n}', options)
    expect(read).toEqual(['Corefile', 'more/d.conf', 'more/e.conf'])
    expect(warnings).toEqual(['Corefile:3:9: import: there is no such file, got "x/*.conf"'])
  })
})

describe('limits', () => {
  const doubling = (steps: number) =>
    Array.from({ length: steps }, (_, i) => `(s${i + 1}) {\n import s${i}\n import s${i}\n}\n`).join('')

  it('takes 10,000 imports and no more', () => {
    const many = (count: number) => `(s) {\n}\n. {\n${'import s\n'.repeat(count)}}`
    expect(complaints(many(10_000))).toEqual([])
    expect(complaints(many(10_001))).toEqual(['Corefile:10004:8: import: more than 10000 imports, got "s"'])
  })

  it('ends what doubles with every step', () => {
    const text = `(s0) {\n log\n}\n${doubling(40)}. {\n import s40\n}`
    expect(complaints(text)).toEqual([
      expect.stringMatching(/^Corefile:\d+:9: import: more than 10000 imports, got "s\d+"$/),
    ])
  })

  it('ends arguments that double with every step', () => {
    const steps = Array.from({ length: 60 }, (_, i) => `(s${i + 1}) {\n import s${i} "{args[0]}{args[0]}"\n}\n`)
    const text = `(s0) {\n x {args[0]}\n}\n${steps.join('')}. {\n import s60 a\n}`
    expect(complaints(text)).toEqual([expect.stringMatching(/: import: arguments grow too long, got "s\d+"$/)])
    expect(complaints(text.replaceAll('"{args[0]}{args[0]}"', '{args[:]} {args[:]}'))).toEqual([
      expect.stringMatching(/: import: arguments grow too long, got "s\d+"$/),
    ])
  })

  it('shows a thousand errors', () => {
    expect(complaints('import none\n'.repeat(2000))).toHaveLength(1001)
    expect(complaints('}\n'.repeat(2000)).at(-1)).toBe('Corefile:1001:1: there are more than 1000 errors')
  })

  it('ends what grows too long', () => {
    const text = `(s0) {\n${' log\n'.repeat(1000)}}\n. {\n${' import s0\n'.repeat(1001)}}`
    expect(complaints(text)).toEqual([expect.stringMatching(/: import: more than 1000000 lines, got "s0"$/)])
  })
})
