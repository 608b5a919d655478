import { describe, expect, it } from 'vitest'
import { ConfigErrors } from '../../src/corefile/error.ts'
import { formatCorefile } from '../../src/corefile/format.ts'

describe('formatCorefile', () => {
  it.each([
    ['nothing', ' \n\n', ''],
    [
      'indentation',
      '.  {\nlog\n\tcache  30 {\n success 5\n   }\n}',
      '. {\n    log\n    cache 30 {\n        success 5\n    }\n}\n',
    ],
    ['one line', '. { cache 30 { success 5 } log }', '. {\n    cache 30 {\n        success 5\n    }\n    log\n}\n'],
    ['blank lines', '\n\n. {\n\n\n log\n\n\n errors\n\n}\n\n\n', '. {\n    log\n\n    errors\n}\n'],
    ['two blocks', 'a {\n}\nb {\n}', 'a {\n}\n\nb {\n}\n'],
    ['two blocks in a row', 'a { } b { }', 'a {\n}\n\nb {\n}\n'],
    ['a brace on its own line', 'a b\n\n{\nlog\n}', 'a b {\n    log\n}\n'],
    ['a brace after a comment', 'a # c\n# d\n{ # e\nlog\n}', 'a { # c\n    # d\n    # e\n    log\n}\n'],
    ['keys over lines', 'x {\n}\n# about\na,\n  b,\nc {\n}', 'x {\n}\n\n# about\na,\nb,\nc {\n}\n'],
    [
      'comments',
      '# top\n\n# about\n. { # open\n# in\nlog # end\n\n# last\n} # close\n# foot',
      '# top\n\n# about\n. { # open\n    # in\n    log # end\n\n    # last\n} # close\n\n# foot\n',
    ],
    ['a comment inside a word', '. {\nlog#here\n}', '. {\n    log #here\n}\n'],
    [
      'imports',
      'import a\nimport "b c" 1  2\n(s) {\nimport d/*\n}\n. {\nimport s\n}',
      'import a\nimport "b c" 1 2\n\n(s) {\n    import d/*\n}\n\n. {\n    import s\n}\n',
    ],
    ['an imported key', 'import keys\n{\nlog\n}', 'import keys\n\n{\n    log\n}\n'],
    [
      'variables and quotes',
      '{$ZONE}:{%PORT:53%} {\nchaos "a  \\"b\\"" "x\n y"\n}',
      '{$ZONE}:{%PORT:53%} {\n    chaos "a  \\"b\\"" "x\n y"\n}\n',
    ],
    ['words without a blank between', '. {\nchaos "a""b"c\n}', '. {\n    chaos "a" "b" c\n}\n'],
    [
      'broken lines',
      '. {\nforward . \\\n1.1.1.1 \\\n\t8.8.8.8 {\n}\n}',
      '. {\n    forward . \\\n        1.1.1.1 \\\n        8.8.8.8 {\n    }\n}\n',
    ],
    ['a broken line that ends', '. {\nlog \\\n\nerrors \\\n}\n', '. {\n    log\n    errors\n}\n'],
    ['no braces', 'a:53\nlog\n  errors\n', 'a:53\nlog\nerrors\n'],
    ['carriage returns and a byte order mark', '\ufeff. {\r\nlog\r\n}\r\n', '. {\n    log\n}\n'],
    ['a backslash at the end of a block', '. { chaos a\\ }', '. {\n    chaos a\\ #\n}\n'],
    ['too many closing braces', '}\n. {\nlog\n}\n}', '}\n\n. {\n    log\n}\n}\n'],
  ])('%s', (_, text, expected) => {
    expect(formatCorefile(text)).toBe(expected)
    expect(formatCorefile(expected)).toBe(expected)
  })

  it('refuses a quote that is never closed', () => {
    expect(() => formatCorefile('. {\n log "x\n}', 'a/Corefile')).toThrow(ConfigErrors)
    expect(() => formatCorefile('. {\n log "x\n}', 'a/Corefile')).toThrow(
      'a/Corefile:2:6: quote is never closed, got "x',
    )
  })
})
