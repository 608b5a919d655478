import { describe, expect, it } from 'vitest'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { nameText } from '../../src/dns/name.ts'
import { complaints, outline } from './outline.ts'

describe('server blocks', () => {
  it.each([
    ['nothing', '', []],
    ['only comments', '# nothing\n\n', []],
    ['one block', '. {\n  whoami\n}', ['.', '  whoami']],
    ['an empty block', '. {\n}', ['.']],
    ['an empty block on one line', '. { }', ['.']],
    ['a block on one line', '. { whoami }', ['.', '  whoami']],
    ['two blocks', 'a. {\n x\n}\nb. {\n y\n}\n', ['a.', '  x', 'b.', '  y']],
    ['two blocks in a row', 'a. {\n x\n} b. {\n y\n}\n', ['a.', '  x', 'b.', '  y']],
    ['a brace on the next line', 'a.\n# here\n\n{\n x\n}', ['a.', '  x']],
    ['no braces', 'a.:53\nlog\nforward . 1.1.1.1', ['a.:53', '  log', '  forward . 1.1.1.1']],
    [
      'no braces and a directive with some',
      'a.\ncache {\n success 1\n}\nlog',
      ['a.', '  cache {', '    success 1', '  }', '  log'],
    ],
    ['only a key', 'localhost', ['localhost']],
    ['a continued line', '. {\n  forward . \\\n    1.1.1.1 \\\n    8.8.8.8\n}', ['.', '  forward . 1.1.1.1 8.8.8.8']],
    ['quoted words', '. {\n  chaos "a b" "{" c\n}', ['.', '  chaos "a b" "{" c']],
    ['a word over lines', '. {\n  chaos "a\nb" c {\n}\n}', ['.', '  chaos "a\\nb" c {', '  }']],
  ])('%s', (_, text, expected) => expect(outline(text)).toEqual(expected))

  it('keeps what stands in braces, and braces in those', () => {
    const text = '. {\n a 1 2 {\n  b 3\n  c {\n   d 4 {\n    e\n   }\n  }\n  f { g }\n }\n}'
    expect(outline(text)).toEqual([
      '.',
      ...['  a 1 2 {', '    b 3', '    c {', '      d 4 {', '        e', '      }', '    }'],
      ...['    f {', '      g', '    }', '  }'],
    ])
  })

  it('keeps places', () => {
    const [block] = parseCorefile('\na.org,\n  b.org {\n\tcache 5 {\n    prefetch 1\n}\n}', { file: 'x/y' }).blocks
    const [cache] = block.directives
    const places = [...block.keys, cache, cache.tokens[0], cache.brace!, cache.lines![0].tokens[1]].map(({ at }) => at)
    expect(places.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual(
      ['2:1', '3:3', '4:2', '4:8', '4:10', '5:14'].map((place) => `x/y:${place}`),
    )
  })
})

describe('keys', () => {
  it.each([
    ['a.org b.org', ['a.org', 'b.org']],
    ['a.org, b.org', ['a.org', 'b.org']],
    ['a.org,b.org', ['a.org', 'b.org']],
    ['a.org , b.org', ['a.org', 'b.org']],
    ['a.org,\n# more\nb.org,\n\n  c.org', ['a.org', 'b.org', 'c.org']],
    ['a.org "" b.org', ['a.org', 'b.org']],
    ['"a.org" b.org', ['a.org', 'b.org']],
  ])('%j', (keys, expected) => {
    const [block] = parseCorefile(`${keys} {\n}`).blocks
    expect(block.keys.map(({ text }) => text)).toEqual(expected)
  })

  it.each([
    ['.', 'dns', ['.'], undefined],
    ['.:1053', 'dns', ['.'], 1053],
    [':1053', 'dns', ['.'], 1053],
    ['dns://:53', 'dns', ['.'], 53],
    ['example.org', 'dns', ['example.org.'], undefined],
    ['example.org.', 'dns', ['example.org.'], undefined],
    ['EXAMPLE.Org:53', 'dns', ['example.org.'], 53],
    ['*.example.org', 'dns', ['*.example.org.'], undefined],
    ['a\\.b.org', 'dns', ['a\\.b.org.'], undefined],
    ['0/25.2.0.192.in-addr.arpa', 'dns', ['0/25.2.0.192.in-addr.arpa.'], undefined],
    ['dns://example.org', 'dns', ['example.org.'], undefined],
    ['tls://example.org', 'tls', ['example.org.'], undefined],
    ['https://example.org.:8443', 'https', ['example.org.'], 8443],
    ['HTTPS://.', 'https', ['.'], undefined],
    ['10.0.0.0/8', 'dns', ['10.in-addr.arpa.'], undefined],
    ['10.0.0.0/15:53', 'dns', ['0.10.in-addr.arpa.', '1.10.in-addr.arpa.'], 53],
    ['tls://10.0.0.0/24:53', 'tls', ['0.0.10.in-addr.arpa.'], 53],
    ['2001:db8::/32', 'dns', ['8.b.d.0.1.0.0.2.ip6.arpa.'], undefined],
    ['2001:db8::/30:53', 'dns', ['8', '9', 'a', 'b'].map((d) => `${d}.b.d.0.1.0.0.2.ip6.arpa.`), 53],
    ['[2001:db8::/32]:53', 'dns', ['8.b.d.0.1.0.0.2.ip6.arpa.'], 53],
    ['127.0.0.1:53', 'dns', ['1.0.0.127.in-addr.arpa.'], 53],
    ['[::1]:53', 'dns', [`1.${'0.'.repeat(31)}ip6.arpa.`], 53],
    ['[::1]', 'dns', [`1.${'0.'.repeat(31)}ip6.arpa.`], undefined],
    ['example.org:0', 'dns', ['example.org.'], 0],
  ])('%s', (text, transport, zones, port) => {
    const [key] = parseCorefile(`${text} {\n}`).blocks[0].keys
    expect({ ...key, zones: key.zones.map(nameText), at: 0 }).toEqual({ text, transport, zones, port, at: 0 })
  })

  it('warns of addresses, which are no places to listen on', () => {
    const { warnings } = parseCorefile('a.org 127.0.0.1:53 {\n}')
    expect(warnings).toEqual([
      'Corefile:1:7: server block: an address as a key is its reverse zone; `bind` says where to listen, got "127.0.0.1:53"',
    ])
  })

  it('warns of names that clients ask for in another form', () => {
    const { warnings } = parseCorefile('MÜNCHEN.de:53 tls://日本.jp \\xff.org {\n}')
    expect(warnings).toEqual([
      'Corefile:1:1: server block: clients ask for such a name in its ASCII form, xn--mnchen-3ya.de (RFC 5890), got "MÜNCHEN.de:53"',
      'Corefile:1:15: server block: clients ask for such a name in its ASCII form, xn--wgv71a.jp (RFC 5890), got "tls://日本.jp"',
    ])
  })

  it.each([
    ['a..b {', '1:1: server block: key is no domain name: empty label in name "a..b", got "a..b"'],
    ['a.org, b..org {', '1:8: server block: key is no domain name: empty label in name "b..org", got "b..org"'],
    ['a.org,.b.org {', '1:7: server block: key is no domain name: empty label in name ".b.org", got ".b.org"'],
    ['"a b" {', '1:1: server block: key must not have a blank in it, got "a b"'],
    ['@ {', '1:1: server block: key must be a name: there is no origin that @ could stand for, got "@"'],
    ['a.org: {', '1:1: server block: key must have a port after the colon, got "a.org:"'],
    ['a.org:dns {', '1:1: server block: key must have a port of 0–65535 after the colon, got "a.org:dns"'],
    ['a.org:65536 {', '1:1: server block: key must have a port of 0–65535 after the colon, got "a.org:65536"'],
    ['a.org:-1 {', '1:1: server block: key must have a port of 0–65535 after the colon, got "a.org:-1"'],
    ['a:b:53 {', '1:1: server block: key must not have a colon in its name, got "a:b:53"'],
    ['10.0.0.0/33 {', '1:1: server block: key must be a full address and a prefix length, got "10.0.0.0/33"'],
    ['10.0.0/8 {', '1:1: server block: key must be a full address and a prefix length, got "10.0.0/8"'],
    ['10.0.0.0/ {', '1:1: server block: key must be a full address and a prefix length, got "10.0.0.0/"'],
    [
      '2001:db8::/129:53 {',
      '1:1: server block: key must be a full address and a prefix length, got "2001:db8::/129:53"',
    ],
    ['256.1.1.1 {', '1:1: server block: key must be a name or a right IPv4 address, got "256.1.1.1"'],
    ['::1 {', '1:1: server block: key must have brackets around its IPv6 address, or a prefix length, got "::1"'],
    [
      '2001:db8::1:53 {',
      '1:1: server block: key must have brackets around its IPv6 address, or a prefix length, got "2001:db8::1:53"',
    ],
    ['[a.org]:53 {', '1:1: server block: key must have an IPv6 address in its brackets, got "[a.org]:53"'],
    ['dns:// {', '1:1: server block: key must not be empty, got "dns://"'],
    [
      'grpc://a.org {',
      '1:1: server block: grpc:// is not supported here: there is no listener for DNS over gRPC; use dns, tls or https, got "grpc://a.org"',
    ],
    [
      'QUIC://a.org {',
      '1:1: server block: quic:// is not supported here: there is no listener for DNS over QUIC; use dns, tls or https, got "QUIC://a.org"',
    ],
    [
      'https3://a.org {',
      '1:1: server block: https3:// is not supported here: there is no listener for HTTP/3; the edge serves it for https:// blocks; use dns, tls or https, got "https3://a.org"',
    ],
    [
      'http://a.org {',
      '1:1: server block: unknown scheme (did you mean "https"?); use dns, tls or https, got "http://a.org"',
    ],
    ['constructor://a.org {', '1:1: server block: unknown scheme; use dns, tls or https, got "constructor://a.org"'],
    ['a.org, {', '1:1: server block: another key must follow the comma, got "a.org,"'],
    ['{', '1:1: server block: a key is missing, got "{"'],
    ['"" {', '1:1: server block: a key is missing, got ""'],
    [
      `${'a'.repeat(64)}.org {`,
      `1:1: server block: key is no domain name: label is longer than 63 octets in name "${'a'.repeat(64)}.org", got "${'a'.repeat(64)}.org"`,
    ],
  ])('refuses %s', (text, expected) => expect(complaints(`${text}\n}`)).toEqual([`Corefile:${expected}`]))

  it('refuses a comma at the end', () => {
    expect(complaints('a.org,\n')).toEqual([
      'Corefile:1:1: server block: another key must follow the comma, got "a.org,"',
    ])
  })
})

describe('braces', () => {
  it.each([
    ['a block never closed', '. {\n  log\n', ['1:3: block is never closed, got "{"']],
    [
      'a block in a block never closed',
      '. {\n  cache {\n    success 5\n  log\n}\n',
      ['2:9: block is never closed, got "{"'],
    ],
    [
      'one in the first of two blocks',
      'a {\n  cache {\n    success 5\n  log\n}\nb {\n  log\n}\n',
      ['2:9: block is never closed, got "{"'],
    ],
    ['without indentation', 'a {\ncache {\nlog\n}\nb {\nlog\n}\n', ['1:3: block is never closed, got "{"']],
    [
      'two of them',
      'a {\n  b {\n    c {\n',
      ['1:3', '2:5', '3:7'].map((at) => `${at}: block is never closed, got "{"`),
    ],
    ['a brace too many', '. {\n  log\n}\n}\n', ['4:1: there is no open block to close, got "}"']],
    ['only a closing brace', '}', ['1:1: there is no open block to close, got "}"']],
    [
      'closing before opening',
      '}\n. {\n',
      ['1:1: there is no open block to close, got "}"', '2:3: block is never closed, got "{"'],
    ],
    ['a brace without a blank', '.{\n  log\n}\n', ['1:1: a blank is missing before "{", got ".{"']],
    [
      'a brace without a blank inside',
      '. {\n  cache{\n  success 5\n  }\n}\n',
      ['2:3: a blank is missing before "{", got "cache{"'],
    ],
    [
      'a directive without its brace',
      '. {\n  log\n  {\n    x\n  }\n}',
      ['3:3: a block must open on the line of its directive, got "{"'],
    ],
    [
      'a property without its brace',
      '. {\n a {\n b\n {\n }\n }\n}',
      ['4:2: a block must open on the line of its property, got "{"'],
    ],
    ['an empty directive', '. {\n  "" x\n}', ['2:3: a directive must not be empty, got ""']],
    ['a quoted brace', '. "{"\n}\n', ['2:1: there is no open block to close, got "}"']],
  ])('%s', (_, text, expected) => expect(complaints(text)).toEqual(expected.map((line) => `Corefile:${line}`)))

  it('ends where they go too deep', () => {
    const deep = `. {\n${'a {\n'.repeat(60)}${'}\n'.repeat(60)}}\n`
    expect(complaints(deep)).toEqual(['Corefile:52:3: blocks in blocks go deeper than 50, got "{"'])
    expect(complaints(`. {\n${'a {\n'.repeat(100_000)}`)).toHaveLength(1001)
  })
})

it('reports everything that is wrong, in order', () => {
  const text = ['a..b grpc://c {', '  log "x', '  {', '  }', '  import none', '}', '}', 'd:x {', '}', ''].join('\n')
  expect(complaints(text)).toEqual([
    'Corefile:1:1: server block: key is no domain name: empty label in name "a..b", got "a..b"',
    'Corefile:1:6: server block: grpc:// is not supported here: there is no listener for DNS over gRPC; use dns, tls or https, got "grpc://c"',
    'Corefile:2:7: quote is never closed, got "x',
    'Corefile:3:3: a block must open on the line of its directive, got "{"',
    'Corefile:5:10: import: there is no such snippet or file, got "none"',
    'Corefile:7:1: there is no open block to close, got "}"',
    'Corefile:8:1: server block: key must have a port of 0–65535 after the colon, got "d:x"',
  ])
})

it('puts variables in, as data', () => {
  const env = { PORT: '1053', PLUGIN: 'chaos', OPEN: '{', WORDS: 'a b', IMPORT: 'import' }
  const text = 'a.org:{$PORT} {\n  {%PLUGIN%} "{$WORDS}" {$WORDS} {$OPEN} {$NONE:x} {$NONE}\n  {$IMPORT} x\n}'
  expect(outline(text, { env })).toEqual(['a.org:1053', '  chaos "a b" "a b" "{" x ""', '  "import" x'])
})
