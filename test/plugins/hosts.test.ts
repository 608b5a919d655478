import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TYPE } from '../../src/dns/constants.ts'
import { nameText, parseName, ROOT } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { readHostsFile } from '../../src/plugins/hosts/hostsfile.ts'
import { HostTable, MAX_REVERSE_NAMES } from '../../src/plugins/hosts/hosttable.ts'
import type { Query } from '../../src/query.ts'
import type { Reply } from '../../src/reply.ts'
import { faults, rig } from './rig.ts'

const HOSTS = `
127.0.0.1 localhost localhost.domain
::1 localhost localhost.domain
10.0.0.1 example.org Example.ORG # twice
10.0.0.9	example.org.
::FFFF:10.0.0.2 example.com
fe80::1%eth0 link.example.org
5.6.7.8 *.apps.example.com
5.6.7.9 b.apps.example.com#comment
reload 5s
300.0.0.1 example.net
10.0.0.3 bad..name good.example.net
10.0.0.4
`
const files = { 'a.hosts': HOSTS, '/etc/hosts': '192.0.2.1 etc.example.org' }
const refuse = (query: Query): Reply => query.reply({ rcode: 5 })
const serve = (directive: string) => rig(`. {\n${directive}\nstub\n}`, { files, stub: refuse })

test.each([
  ['example.org A', ['example.org. 3600 IN A 10.0.0.1', 'example.org. 3600 IN A 10.0.0.9']],
  ['EXAMPLE.org A', ['EXAMPLE.org. 3600 IN A 10.0.0.1', 'EXAMPLE.org. 3600 IN A 10.0.0.9']],
  ['example.com A', ['example.com. 3600 IN A 10.0.0.2']],
  ['localhost AAAA', ['localhost. 3600 IN AAAA ::1']],
  ['link.example.org AAAA', ['link.example.org. 3600 IN AAAA fe80::1']],
  ['example.org AAAA', []],
  ['example.org MX', []],
  ['good.example.net A', ['good.example.net. 3600 IN A 10.0.0.3']],
  ['a.apps.example.com A', ['a.apps.example.com. 3600 IN A 5.6.7.8']],
  ['*.apps.example.com A', ['*.apps.example.com. 3600 IN A 5.6.7.8']],
  ['b.apps.example.com A', ['b.apps.example.com. 3600 IN A 5.6.7.9']],
  ['a.apps.example.com AAAA', []],
  ['1.0.0.10.in-addr.arpa PTR', ['1.0.0.10.in-addr.arpa. 3600 IN PTR example.org.']],
  [
    '1.0.0.127.in-addr.arpa PTR',
    ['1.0.0.127.in-addr.arpa. 3600 IN PTR localhost.', '1.0.0.127.in-addr.arpa. 3600 IN PTR localhost.domain.'],
  ],
  [
    `1.${'0.'.repeat(31)}ip6.arpa PTR`,
    [1, 2].map((n) => `1.${'0.'.repeat(31)}ip6.arpa. 3600 IN PTR localhost${n === 1 ? '' : '.domain'}.`),
  ],
])('%s', async (question, answer) => {
  const found = await (await serve('hosts a.hosts')).answer(question)
  expect(found).toMatchObject({ rcode: 'NOERROR', flags: 'aa rd', answer, authority: [], additional: [] })
})

describe('what is not there', () => {
  test.each([
    ['hosts a.hosts', 'none.example.org A', 'SERVFAIL'],
    ['hosts a.hosts', 'apps.example.com A', 'SERVFAIL'],
    ['hosts a.hosts', 'a.b.apps.example.com A', 'SERVFAIL'],
    ['hosts a.hosts', 'none.example.org TXT', 'SERVFAIL'],
    ['hosts a.hosts', '9.9.9.9.in-addr.arpa PTR', 'REFUSED'],
    ['hosts a.hosts', '8.7.6.5.in-addr.arpa PTR', 'REFUSED'],
    ['hosts a.hosts', 'example.org A CH', 'REFUSED'],
    ['hosts a.hosts example.org', 'example.com A', 'REFUSED'],
    ['hosts a.hosts example.org', '2.0.0.10.in-addr.arpa PTR', 'REFUSED'],
    ['hosts a.hosts example.org', '1.0.0.10.in-addr.arpa PTR', 'NOERROR'],
    ['hosts a.hosts {\nfallthrough\n}', 'none.example.org A', 'REFUSED'],
    ['hosts a.hosts {\nfallthrough\n}', 'none.example.org TXT', 'REFUSED'],
    ['hosts a.hosts {\nfallthrough\n}', 'example.org TXT', 'NOERROR'],
    ['hosts a.hosts {\nfallthrough example.net\n}', 'none.example.org A', 'SERVFAIL'],
    ['hosts a.hosts {\nfallthrough example.net\n}', 'none.example.net A', 'REFUSED'],
    ['hosts a.hosts {\nfallthrough\nfallthrough_unsupported\n}', 'example.org TXT', 'REFUSED'],
    ['hosts a.hosts {\nfallthrough example.net\nfallthrough_unsupported\n}', 'example.org TXT', 'NOERROR'],
    ['hosts a.hosts {\nno_reverse\n}', '1.0.0.10.in-addr.arpa PTR', 'REFUSED'],
  ])('%j %s: %s', async (directive, question, rcode) => {
    expect((await (await serve(directive)).answer(question)).rcode).toBe(rcode)
  })
})

test.each([
  ['hosts', 'etc.example.org A', ['etc.example.org. 3600 IN A 192.0.2.1']],
  [
    'hosts {\n10.0.0.1 a.example.org *.b.example.org\n::1 a.example.org\nttl 5\n}',
    'a.example.org A',
    ['a.example.org. 5 IN A 10.0.0.1'],
  ],
  [
    'hosts {\n10.0.0.1 a.example.org *.b.example.org\nttl 5\n}',
    'x.b.example.org A',
    ['x.b.example.org. 5 IN A 10.0.0.1'],
  ],
  [
    'hosts {\n10.0.0.1 etc.example.org\n}',
    'etc.example.org A',
    [1, 2].map((n) => `etc.example.org. 3600 IN A ${n === 1 ? '192.0.2.1' : '10.0.0.1'}`),
  ],
  [
    'hosts {\n10.0.0.1 etc.example.org\n}',
    '1.0.0.10.in-addr.arpa PTR',
    ['1.0.0.10.in-addr.arpa. 3600 IN PTR etc.example.org.'],
  ],
])('%j %s', async (directive, question, answer) => {
  expect((await (await serve(directive)).answer(question)).answer).toEqual(answer)
})

describe('the file', () => {
  const corefile = '. {\nhosts a.hosts {\n192.0.2.9 inline.example.org\nttl 1\nreload 3s\n}\n}'

  test('is read again when it changes', async () => {
    const { answer, runtime } = await rig(corefile, { files: { 'a.hosts': '192.0.2.1 www.example.org' } })
    expect(runtime.watches.map(({ path, interval }) => [path, interval])).toEqual([['a.hosts', 3000]])
    await runtime.change('a.hosts', '192.0.2.2 www.example.org')
    expect((await answer('www.example.org A')).answer).toEqual(['www.example.org. 1 IN A 192.0.2.2'])
    expect((await answer('inline.example.org A')).answer).toEqual(['inline.example.org. 1 IN A 192.0.2.9'])
    await runtime.change('a.hosts')
    expect(runtime.logged).toEqual([
      '[WARNING] plugin/hosts: cannot read a.hosts: no such file; what was read before stays in use',
    ])
    expect((await answer('www.example.org A')).answer).toEqual(['www.example.org. 1 IN A 192.0.2.2'])
  })

  test('may be missing at first', async () => {
    const { answer, runtime, instance } = await rig(corefile)
    expect(instance.warnings).toEqual(['Corefile:2:1: hosts: cannot read a.hosts: no such file'])
    expect((await answer('inline.example.org A')).rcode).toBe('NOERROR')
    expect(await answer('www.example.org A')).toMatchObject({ rcode: 'SERVFAIL', errors: [] })
    await runtime.change('a.hosts', '192.0.2.2 www.example.org')
    expect((await answer('www.example.org A')).rcode).toBe('NOERROR')
  })

  test('is watched no more after a stop, or with reload 0s', async () => {
    const { stop, runtime } = await rig(corefile)
    await stop()
    expect(runtime.watches).toEqual([])
    const once = await rig('. {\nhosts a.hosts {\nreload 0s\n}\n}', { files })
    expect(once.runtime.watches).toEqual([])
  })

  test('has lines that say nothing: a warning names the first', async () => {
    const { instance, runtime } = await rig('. {\nhosts a.hosts\n}', { files })
    expect(instance.warnings).toEqual([
      'Corefile:2:1: hosts: a.hosts: 4 lines are no address with names, the first is line 10',
    ])
    await runtime.change('a.hosts', 'x\n')
    expect(runtime.logged).toEqual(['[WARNING] plugin/hosts: a.hosts: line 1 is no address with names'])
  })

  test('says why there is no answer', async () => {
    const { answer } = await rig('. {\nhosts a.hosts\n}', { files })
    expect(await answer('none.example A', { do: false })).toMatchObject({ errors: ['0 not in the hosts file'] })
  })
})

describe('HostTable', () => {
  const table = (text: string): HostTable => {
    const made = new HostTable({ zones: [ROOT], ttl: 60, reverse: true })
    readHostsFile(new TextEncoder().encode(text), made)
    return made
  }

  test('gives one address of 100,000 names PTR records for the first of them only', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `0.0.0.0 host${i}.example.org`)
    const hosts = table(names.join('\n'))
    expect(hosts.reverse(parseName('0.0.0.0.in-addr.arpa.'))!.size).toBe(MAX_REVERSE_NAMES)
    expect(hosts.addresses(parseName('host99999.example.org'), TYPE.A)!.size).toBe(1)
    expect(hosts.has(parseName('host100000.example.org'))).toBe(false)
  })

  test('gives one name no more addresses than a message can carry', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255} a.example`)
    expect(table(lines.join('\n')).addresses(parseName('a.example'), TYPE.A)!.size).toBe(10_922)
  })

  test('finds what it was given, whatever the order and number', () => {
    const label = fc.string({ unit: fc.constantFrom(...'abAB-_9'), minLength: 1, maxLength: 8 })
    const host = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.array(label, { minLength: 1, maxLength: 4 }))
    fc.assert(
      fc.property(fc.array(host, { maxLength: 200 }), (hosts) => {
        const model = new Map<string, Set<string>>()
        const lines = hosts.map(([address, labels]) => `${address} ${labels.join('.')}`)
        const made = table(lines.join('\n'))
        for (const line of lines) {
          const alone = table(line)
          const name = nameText(parseName(line.split(' ')[1])).toLowerCase()
          for (const type of [TYPE.A, TYPE.AAAA]) {
            const set = alone.addresses(parseName(name), type)
            if (set) (model.get(name) ?? model.set(name, new Set()).get(name)!).add(recordTexts(set)[0])
          }
        }
        for (const [name, records] of model) {
          const found = [TYPE.A, TYPE.AAAA].flatMap((type) => {
            const set = made.addresses(parseName(name), type)
            return set ? recordTexts(set) : []
          })
          expect(new Set(found)).toEqual(records)
          expect(found).toHaveLength(records.size)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('reads any octets', () => {
    const text = fc.string({ unit: fc.constantFrom(...'19.:af#% \t\n\r*\\@-', '\0', 'é') })
    fc.assert(fc.property(text, (text) => void table(text)))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        readHostsFile(octets, new HostTable({ zones: [ROOT], ttl: 60, reverse: true }))
      }),
    )
  })
})

test.each([
  ['hosts a.hosts\nhosts a.hosts', '3:1: hosts: may stand only once'],
  ['hosts {\nttl 0\n}', '3:5: hosts: ttl: seconds must be at least 1, got "0"'],
  ['hosts {\nttl 65536\n}', '3:5: hosts: ttl: seconds must be at most 65535, got "65536"'],
  ['hosts {\nreload 5\n}', '3:8: hosts: reload: interval must be a duration'],
  ['hosts {\nfallthrough_unsupported\n}', '3:1: hosts: fallthrough_unsupported needs fallthrough'],
  [
    'hosts {\nfallthrough\n10.0.0.1 example.org\n}',
    '4:1: hosts: addresses must stand before fallthrough, got "10.0.0.1"',
  ],
  [
    'hosts {\nfalthrough\n}',
    '3:1: hosts: neither a property (did you mean "fallthrough"?) nor an address and its names',
  ],
  ['hosts {\n10.0.0.1\n}', '3:1: hosts: neither a property nor an address and its names, got "10.0.0.1"'],
  ['hosts {\n10.0.0.1 a..b\n}', '3:1: hosts: neither a property nor an address and its names'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`, { files })).toContain(`Corefile:${message}`)
})
