import { expect, it } from 'vitest'
import { expandEnv } from '../../src/corefile/env.ts'

const env = { PORT: '1053', ZONE: 'example.org', EMPTY: '', LOOP: '{$LOOP}', 'ProgramFiles(x86)': 'C:\\x86' }

it.each([
  ['{$PORT}', '1053'],
  ['{%PORT%}', '1053'],
  ['{$ZONE}:{%PORT%}', 'example.org:1053'],
  ['www.{$ZONE}.', 'www.example.org.'],
  ['{%ProgramFiles(x86)%}', 'C:\\x86'],
  ['{$NONE}', ''],
  ['a{%NONE%}b', 'ab'],
  ['{$NONE:1054}', '1054'],
  ['{%NONE:1054%}', '1054'],
  ['{$PORT:1054}', '1053'],
  ['{$EMPTY:1054}', '1054'],
  ['{$EMPTY}', ''],
  ['{$NONE:}', ''],
  ['{$NONE:[::1]:53}', '[::1]:53'],
  ['{$NONE:a b}', 'a b'],
  ['{$LOOP}', '{$LOOP}'],
  ['{$constructor}', ''],
  ['{$}', '{$}'],
  ['{%}', '{%}'],
  ['{%%}', '{%%}'],
  ['{$$}', '{$$}'],
  ['{$PORT', '{$PORT'],
  ['{%PORT}', '{%PORT}'],
  ['{{$PORT}}', '{{$PORT}}'],
  ['{{ range $i := .x }}{{$i}}{{ end }}', '{{ range $i := .x }}{{$i}}{{ end }}'],
  ['{{$PORT}}{$PORT}', '{{$PORT}}1053'],
  ['$PORT {PORT} %PORT%', '$PORT {PORT} %PORT%'],
])('%s is %s', (text, expected) => expect(expandEnv(text, env)).toBe(expected))
