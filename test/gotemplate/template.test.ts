import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GoError, GoMap, type GoObject, type GoValue } from '../../src/golang/value.ts'
import { TemplateError } from '../../src/gotemplate/lex.ts'
import { Template } from '../../src/gotemplate/template.ts'

const struct = (goType: string, members: Record<string, GoValue>): GoObject => ({
  goType,
  member: (name) => (Object.hasOwn(members, name) ? members[name] : undefined),
  toString: () => `{${goType}}`,
})

const DATA = struct('*data', {
  Name: 'ip-10-1.example.',
  Empty: '',
  Zero: 0n,
  Match: ['ip-10-1', '10', '1'],
  Group: new GoMap(
    [
      ['b', '1'],
      ['a', '10'],
    ],
    '',
  ),
  Any: new GoMap([
    ['n', 7n],
    ['f', 2.5],
    ['list', [1n, 2n]],
    ['nil', null],
  ]),
  Question: struct('*dns.Question', { Name: 'ip-10-1.example.', Qtype: 1n }),
  Meta: (label) => (label === 'a/b' ? 'meta' : ''),
  Nil: null,
})

const run = (source: string): string => new Template(source).execute(DATA)

describe('templates', () => {
  test.each([
    // Text, fields, chains
    ['plain', 'plain'],
    ['', ''],
    ['{{ .Name }} 60 IN A 192.0.2.1', 'ip-10-1.example. 60 IN A 192.0.2.1'],
    ['{{.Group.a}}.{{ .Group.b }}', '10.1'],
    ['{{ .Group.missing }}', '<no value>'],
    ['{{ .Any.missing.deeper }}', '<no value>'],
    ['{{ .Question.Name }}/{{ .Question.Qtype }}', 'ip-10-1.example./1'],
    ['{{ (index .Match 1) }}', '10'],
    ['{{ $.Name }}', 'ip-10-1.example.'],
    ['{{ .Name | }}', 'ip-10-1.example.'],
    ['{{ .Any.nil }} {{ print .Any.nil }} {{ html .Any.nil "<" }}', '<no value> <nil> &lt;no value&gt;&lt;'],
    ['{{ eq .Any.nil 1 }} {{ ne .Any.nil 1 }} {{ eq .Any.nil nil }}', 'false true true'],
    ['{{ . }} {{ print . }}', '{*data} {*data}'],
    ['{{ .Group }} {{ .Match }}', 'map[a:10 b:1] [ip-10-1 10 1]'],
    ['{{ .Meta "a/b" }}', 'meta'],
    ['{{ "a/b" | .Meta | printf "%s!" }}', 'meta!'],
    // Trimming and comments
    ['a {{- " b " -}} c', 'a b c'],
    ['a\n{{- /* gone */ -}}\n b', 'ab'],
    ['a{{/* }} */}}b', 'ab'],
    ['{{- 3 -}}', '3'],
    ['{{ -3 }}', '-3'],
    ['{{"`"}}', '`'],
    ['x{{\n.Name\n}}y', 'xip-10-1.example.y'],
    // Constants
    ['{{ "a\\tb\\x41\\u00e9" }}', 'a\tbAé'],
    ['{{ `raw\\n` }}', 'raw\\n'],
    ["{{ 'a' }} {{ '\\n' }}", '97 10'],
    ['{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 1_000 }} {{ +5 }}', '31 3 15 1000 5'],
    ['{{ 1.5 }} {{ 1e3 }} {{ 1e6 }} {{ .5 }}', '1.5 1000 1e+06 0.5'],
    ['{{ true }} {{ false }}', 'true false'],
    // Variables
    ['{{ $x := 1 }}{{ $x }}', '1'],
    ['{{ $x := 1 }}{{ $x = 2 }}{{ $x }}', '2'],
    ['{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}', '21'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['{{ $g := .Group }}{{ $g.a }}', '10'],
    // Control
    ['{{ if .Name }}y{{ else }}n{{ end }}', 'y'],
    ['{{ if .Empty }}y{{ else }}n{{ end }}', 'n'],
    ['{{ if .Zero }}y{{ else if .Name }}z{{ else }}n{{ end }}', 'z'],
    ['{{ if .Group.missing }}y{{ else }}n{{ end }}', 'n'],
    ['{{ if not (eq .Name "x") }}y{{ end }}', 'y'],
    ['{{ with .Group }}{{ .a }}{{ end }}', '10'],
    ['{{ with .Empty }}y{{ else with .Group }}{{ .b }}{{ end }}', '1'],
    ['{{ with $x := .Group.a }}{{ $x }}{{ . }}{{ end }}', '1010'],
    ['{{ range .Match }}[{{ . }}]{{ end }}', '[ip-10-1][10][1]'],
    ['{{ range $i, $e := .Match }}{{ $i }}={{ $e }};{{ end }}', '0=ip-10-1;1=10;2=1;'],
    ['{{ range $k, $v := .Group }}{{ $k }}={{ $v }};{{ end }}', 'a=10;b=1;'],
    ['{{ range $v := .Group }}{{ $v }};{{ end }}', '10;1;'],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['{{ range $i := 3 }}{{ $i }}{{ end }}', '012'],
    ['{{ range .Empty2 | print }}{{ end }}', undefined],
    ['{{ range .Any.none }}x{{ else }}empty{{ end }}', 'empty'],
    ['{{ range .Match }}{{ if eq . "10" }}{{ break }}{{ end }}{{ . }}{{ end }}', 'ip-10-1'],
    ['{{ range .Match }}{{ if eq . "10" }}{{ continue }}{{ end }}{{ . }},{{ end }}', 'ip-10-1,1,'],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" .Name }}{{ template "t" }}', '<ip-10-1.example.><<no value>>'],
    ['{{ block "b" .Group }}{{ .a }}{{ end }}', '10'],
    ['{{ define "t" }} {{ end }}{{ define "t" }}x{{ end }}{{ define "t" }}{{ end }}{{ template "t" }}', 'x'],
    // Functions
    ['{{ len .Match }} {{ len .Name }} {{ len .Group }} {{ len "é" }}', '3 16 2 2'],
    ['{{ index .Match 2 }} {{ index .Group "a" }} {{ index .Any "list" 1 }} {{ index "abc" 1 }}', '1 10 2 98'],
    ['[{{ index .Group "zz" }}]', '[]'],
    ['{{ index .Any "zz" }}', '<no value>'],
    ['{{ slice .Name 0 2 }} {{ slice .Match 1 }} {{ slice .Name }}', 'ip [10 1] ip-10-1.example.'],
    ['{{ printf "%s-%d-%03d-%x-%q" "a" 1 7 255 "q" }}', 'a-1-007-ff-"q"'],
    ['{{ printf "%5.1f|%-4s|%4s|%t|%v|%T" 2.25 "a" "b" true .Group 1 }}', '  2.2|a   |   b|true|map[a:10 b:1]|int'],
    ['{{ printf "%d %s" "x" }}', '%!d(string=x) %!s(MISSING)'],
    ['{{ printf "%[2]s %[1]s %%" "a" "b" }}', 'b a %'],
    ['{{ print 1 2 "a" "b" 3 }}', '1 2ab3'],
    ['{{ println "a" 1 }}', 'a 1\n'],
    [
      '{{ html "<a&\'\\">" }} {{ urlquery "a b&c" }} {{ js "it\'s<" }}',
      "&lt;a&amp;&#39;&#34;&gt; a+b%26c it\\'s\\u003C",
    ],
    ['{{ and 1 0 (index .Match 99) }} {{ or 0 "x" (index .Match 99) }} {{ and 1 2 }} {{ or 0 "" }}', '0 x 2 '],
    ['{{ 0 | or 0 }} {{ 3 | and 1 }}', '0 3'],
    [
      '{{ eq 1 1 }} {{ eq 1 2 3 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1 2 }}',
      'true true true true true true false',
    ],
    ['{{ eq .Any.missing "" }} {{ eq .Nil nil }}', 'false true'],
    ['{{ eq .Any.n 7 }} {{ .Any.f }} {{ .Any.list }}', 'true 2.5 [1 2]'],
  ])('%s', (source, output) => {
    if (output === undefined) expect(() => run(source)).toThrow(GoError)
    else expect(run(source)).toBe(output)
  })

  test.each([
    ['{{', 'unclosed action'],
    ['{{ .Name', 'unclosed action'],
    ['{{ notAFunction }}', 'function "notAFunction" not defined'],
    ['{{ $x }}', 'undefined variable "$x"'],
    ['{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}', 'undefined variable "$x"'],
    ['{{ $x = 1 }}', 'undefined variable "$x"'],
    ['{{ if .Name }}', 'unexpected end of template in if'],
    ['{{ end }}', 'unexpected "end"'],
    ['{{ else }}', 'unexpected "else"'],
    ['{{ if }}y{{ end }}', 'missing value for if'],
    ['{{ }}', 'missing value for command'],
    ['{{ "abc }}', 'unterminated quoted string'],
    ['{{ `abc }}', 'unterminated raw quoted string'],
    ['{{ (1 }}', 'unclosed left paren'],
    ['{{ 1) }}', 'unexpected right paren'],
    ['{{ 1 | 2 }}', 'non executable command in pipeline stage 2'],
    ['{{ 12x }}', 'bad number syntax'],
    ['{{ @ }}', 'unrecognized character in action'],
    ['{{ .Name! }}', 'bad character "!"'],
    ['{{ break }}', '{{break}} outside {{range}}'],
    ['{{ range .Match }}{{ define "x" }}{{ break }}{{ end }}{{ end }}', 'unexpected "define"'],
    ['{{/* }}', 'unclosed comment'],
    ['{{ template }}', 'unexpected "}}" in template clause'],
    ['{{ define "t" }}x{{ end }}{{ define "t" }}y{{ end }}', 'multiple definition of template "t"'],
    ['{{ "a".b }}', 'unexpected . after term'],
    ['{{ $a, $b := 1 }}', 'unexpected "," in pipeline'],
    ['{{ if 1 }}{{ else }}{{ else }}{{ end }}', 'expected end; found {{else}}'],
    ["{{ 'ab' }}", 'bad character constant'],
    ['{{ "\\q" }}', 'bad string'],
    ['{{if 1}}'.repeat(200), 'nested too deeply'],
    [`{{ ${'('.repeat(200)}1${')'.repeat(200)} }}`, 'nested too deeply'],
  ])('does not parse %.60s', (source, message) => {
    expect(() => new Template(source)).toThrow(TemplateError)
    expect(() => new Template(source)).toThrow(message)
  })

  test.each([
    ['{{ .Grup.d }}', "can't evaluate field Grup in type *data"],
    ['{{ .Name.x }}', "can't evaluate field x in type string"],
    ['{{ index .Match 9 }}', 'error calling index: index out of range: 9'],
    ['{{ index nil 9 }}', 'index of untyped nil'],
    ['{{ lt 1 "a" }}', 'incompatible types for comparison'],
    ['{{ len 3 }}', 'len of type int'],
    ['{{ nil }}', 'nil is not a command'],
    ['{{ .Name 1 }}', 'Name has arguments but cannot be invoked as function'],
    ['{{ "x" 1 }}', "can't give argument to non-function"],
    ['{{ not }}', 'wrong number of args: want 1 got 0'],
    ['{{ slice .Name 9 2 }}', 'invalid slice index'],
    ['{{ template "nope" }}', 'template "nope" not defined'],
    ['{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', 'exceeded maximum template depth'],
    ['{{ range 10000000 }}{{ end }}', 'template takes too many steps'],
    ['{{ $s := "xxxxxxxx" }}{{ range 90 }}{{ $s = print $s $s }}{{ end }}{{ $s }}', 'too'],
    ['{{ call .Name }}', 'non-function string'],
    ['{{ .Nil.x }}', 'nil pointer evaluating'],
  ])('fails to execute %s', (source, message) => {
    expect(() => run(source)).toThrow(GoError)
    expect(() => run(source)).toThrow(message)
  })

  test('any text either parses or is a TemplateError, and then executes or fails with a GoError', () => {
    const pieces = [
      '{{',
      '}}',
      '{{-',
      ' -}}',
      '.Name',
      '$x',
      ':=',
      '=',
      '|',
      '(',
      ')',
      ' ',
      'if',
      'range',
      'else',
      'end',
      '3',
      '"s"',
      'len',
      'printf',
      '.',
      ',',
      'define',
      'template',
      'with',
      'nil',
      '/*',
      '*/',
      '$',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 24 }), (words) => {
        try {
          run(words.join(''))
        } catch (error) {
          expect(error instanceof TemplateError || error instanceof GoError).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
