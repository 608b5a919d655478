import { describe, expect, it } from 'vitest'
import { ConfigErrors } from '../src/corefile/error.ts'
import { parseCorefile } from '../src/corefile/parse.ts'
import { configure, type Instance } from '../src/instance.ts'
import { modules } from '../src/plugins.gen.ts'
import { FakeRuntime } from './runtime.ts'

const configured = (corefile: string, name: 'node' | 'workers' = 'node', defaultPort?: number): Instance =>
  configure({
    corefile: parseCorefile(corefile, { file: 'Corefile' }),
    modules,
    runtime: new FakeRuntime({ name }),
    ...(defaultPort && { defaultPort }),
  })

/** A Corefile of blocks that are written `KEYS` or `KEYS | DIRECTIVE; DIRECTIVE`. Each block takes three lines. */
const blocks = (...lines: readonly string[]): string =>
  lines
    .map((line) => line.split(' | '))
    .map(([keys, directives = 'whoami']) => `${keys} {\n${directives.replaceAll('; ', '\n')}\n}\n`)
    .join('')

function faults(corefile: string): string[] {
  try {
    configured(corefile)
    return []
  } catch (error) {
    if (error instanceof ConfigErrors) return error.errors.map(({ message }) => message)
    throw error
  }
}

const BIND1 = '| bind 127.0.0.1'
const BIND2 = '| bind 127.0.0.2'
const BIND3 = '| bind 127.0.0.3'
const VIEW = '| view v {; expr bufsize() > 0; }'

describe('a zone and port', () => {
  it.each<[string, string[]]>([
    ['two zones', ['example.org', 'example.net']],
    ['two ports', ['example.org:1053', 'example.org:1054']],
    ['two transports', ['example.org:1053', 'tls://example.org:1853', 'https://example.org:1443']],
    ['default ports of transports', ['.', 'tls://.', 'https://.']],
    ['a zone and one below it', ['org', 'example.org', '.']],
    ['three addresses', [`. ${BIND1}`, `. ${BIND2}`, `. ${BIND3}`]],
    ['bound here, not there, elsewhere', [`.:1053 ${BIND1}`, '.:1054', `.:1053 ${BIND2}`, `.:1053 ${BIND3}`]],
    ['ports of the system’s choice', ['.:0', '.:0', 'tls://.:0', `.:0 ${BIND1}`]],
    ['views first', [`. ${VIEW}`, `. ${VIEW}`, '.']],
  ])('may be served by %s', (_, lines) => {
    expect(faults(blocks(...lines))).toEqual([])
  })

  it.each<[string, string[]]>([
    ['in two blocks', ['.', '.']],
    ['in two cases', ['example.org', 'EXAMPLE.ORG.']],
    ['by two keys of one block', ['example.org example.org']],
    ['by default and by name', ['.', '.:53']],
    ['unbound and bound', ['.', '.:1054', `. ${BIND1}`]],
    ['bound and unbound', [`. ${BIND1}`, '.:1054', '.']],
    ['bound twice to one address', [`. ${BIND1}`, '.:1054', `. ${BIND1}`]],
    ['bound to several, then unbound', [`. ${BIND1}`, `. ${BIND2}`, `. ${BIND3}`, '.']],
    ['bound to several that meet', [`. ${BIND1}`, '. | bind 127.0.0.2 127.0.0.1']],
    ['below others', [`. ${BIND1}`, `com ${BIND1}`, 'com']],
    ['as a network and by name', ['10.in-addr.arpa', '10.0.0.0/8']],
    ['as two networks that meet', ['192.0.2.0/25', '192.0.2.0/24 127.2.0.192.in-addr.arpa']],
    ['over TLS', ['tls://.', 'tls://.:853']],
    ['before and behind a view', ['.', `. ${VIEW}`, '.']],
  ])('cannot be served %s', (_, lines) => {
    expect(faults(blocks(...lines))).toEqual([expect.stringMatching(/is already served by the block at Corefile:[14]/)])
  })

  it('served twice is told with both places, and all are told', () => {
    expect(faults(blocks('example.org', 'org example.org', 'a.org ORG'))).toEqual([
      'Corefile:4:5: example.org is already served by the block at Corefile:1; only a view can tell two blocks for one zone ' +
        'and port apart, got "example.org"',
      'Corefile:7:7: ORG is already served by the block at Corefile:4; only a view can tell two blocks for one zone and port ' +
        'apart, got "ORG"',
    ])
  })
})

describe('a block with a view behind one that takes everything', () => {
  const warnings = (...lines: string[]): readonly string[] => configured(blocks(...lines)).warnings
  const note = /never asked, as the one at Corefile:1 takes every query/

  it('is never asked', () => {
    expect(warnings('.', `. ${VIEW}`)).toEqual([expect.stringMatching(note)])
    expect(warnings(`. ${BIND1}`, `. ${VIEW}; bind 127.0.0.1`)).toHaveLength(1)
  })

  it('is asked at another address or port, or for another zone', () => {
    expect(warnings('.', `. ${VIEW}; bind 127.0.0.1 192.0.2.1`)).toEqual([])
    expect(warnings(`. ${BIND1}`, `. ${VIEW}`)).toEqual([])
    expect(warnings('.:1054', `. ${VIEW}`)).toEqual([])
    expect(warnings('org', `example.org ${VIEW}`)).toEqual([])
  })
})

it('one port cannot be for two transports', () => {
  expect(faults(blocks('.:853', 'tls://.', 'https://example.org:853'))).toEqual([
    'Corefile:4:1: 127.0.0.1:853 is used for dns:// by the block at Corefile:1 and cannot be for tls:// too, got "tls://."',
    expect.stringMatching(/^Corefile:7:1: 127\.0\.0\.1:853 is used for dns:\/\/ by .* https:\/\/ too/),
  ])
  expect(faults(blocks(`.:853 ${BIND1}`, `tls://. ${BIND2}`))).toEqual([])
})

describe('listeners', () => {
  const listeners = (corefile: string, defaultPort?: number): string[] =>
    configured(corefile, 'node', defaultPort).listeners.map(
      ({ transport, address, port, optional, zones }) =>
        `${transport}://${address} ${port} ${zones.join(' ')}${optional ? ' (optional)' : ''}`,
    )

  it('are on loopback, for each key, unless bound', () => {
    expect(listeners(blocks('. tls://example.org https://example.org:8443', `example.net ${BIND2}`))).toEqual([
      'dns://127.0.0.1 53 . (optional)',
      'dns://::1 53 . (optional)',
      'tls://127.0.0.1 853 example.org (optional)',
      'tls://::1 853 example.org (optional)',
      'https://127.0.0.1 8443 example.org (optional)',
      'https://::1 8443 example.org (optional)',
      'dns://127.0.0.2 53 example.net',
    ])
  })

  it('are shared by blocks', () => {
    expect(listeners(blocks('.', `example.net ${BIND1}`), 1053)).toEqual([
      'dns://127.0.0.1 1053 . example.net',
      'dns://::1 1053 . (optional)',
    ])
  })

  it('leave out what bind leaves out', () => {
    expect(listeners(blocks('. | bind 127.0.0.1 127.0.0.2 127.0.0.1 {; except 127.0.0.2; }'))).toEqual([
      'dns://127.0.0.1 53 .',
    ])
  })
})

describe('at the edge', () => {
  const notes = (...lines: string[]): readonly string[] => configured(blocks(...lines), 'workers').warnings

  it('a zone at several ports is served by the first block', () => {
    expect(notes('example.org:1053 .', 'example.org:1054')).toEqual([
      'Corefile:4:1: example.org:1054: not asked at the edge, where ports do not count: another block has the zone, at ' +
        'Corefile:1',
    ])
  })

  it('keys of one block, views, and blocks that are not reached by HTTPS do not count', () => {
    expect(notes('example.org:1053 example.org:1054', '.')).toEqual([])
    expect(notes(`. ${VIEW}`, '.:1054')).toEqual([])
    expect(notes('.:1053', 'https://.')).toEqual([])
  })

  it('where there are blocks for HTTPS the zones of others are not served', () => {
    expect(notes('.:1053', 'example.org:1053', 'https://.')).toEqual([
      'Corefile:4:1: example.org:1053: not asked at the edge, where only the https:// blocks are',
    ])
  })
})

it('takes as many keys in one block as fit into a file', () => {
  const zones = Array.from({ length: 50_000 }, (_, index) => `z${index}.example`)
  const { listeners } = configured(`${zones.join(' ')} {\nwhoami\n}`)
  expect(listeners[0].zones).toHaveLength(50_000)
})
