import { describe, expect, test } from 'vitest'
import type { Query } from '../../src/query.ts'
import type { Reply } from '../../src/reply.ts'
import { FakeRuntime } from '../runtime.ts'
import { faults, type Rig, type RigOptions, rig } from './rig.ts'

const zone = (address: string, serial = 1): string => `
@   3600 SOA ns hostmaster ${serial} 7200 3600 1209600 300
    3600 NS  www
www 60   A   ${address}
`
const files = {
  'zones/db.example.org': zone('192.0.2.1'),
  'zones/db.sub.example.org': zone('192.0.2.2'),
  'zones/deep/er/db.example.net': zone('192.0.2.3'),
  'zones/notes.txt': 'no zone at all',
}

const serve = (lines: string, options: RigOptions = {}): Promise<Rig> =>
  rig(`. {\nauto {\n${lines}\n}\n}`, { files, ...options })
const addressOf = async (from: Rig, name: string): Promise<string | undefined> =>
  (await from.answer(`${name} A`)).answer[0]?.split(' ').at(-1)
/** All addresses that a list of names has; the rcode for those without. */
async function survey(from: Rig, ...names: string[]): Promise<string> {
  const one = async (name: string): Promise<string> =>
    (await addressOf(from, name)) ?? (await from.answer(`${name} A`)).rcode
  return (await Promise.all(names.map(one))).join(' ')
}

describe('the folder', () => {
  test('is read with all folders below it, and the longest zone counts', async () => {
    const auto = await serve('directory zones')
    expect(await survey(auto, 'www.example.org', 'www.sub.example.org', 'www.example.net', 'www.example.com')).toBe(
      '192.0.2.1 192.0.2.2 192.0.2.3 REFUSED',
    )
    expect(auto.runtime.logged).toContain(
      '[INFO] plugin/auto: zone example.org. comes from zones/db.example.org with serial 1',
    )
  })

  test('is below the root folder', async () => {
    const auto = await rig('org {\nroot zones/deep\nauto net {\ndirectory er\n}\n}', { files })
    expect(await survey(auto, 'www.example.net')).toBe('REFUSED')
    const there = await rig('net {\nroot zones/deep\nauto {\ndirectory er\n}\n}', { files })
    expect(await survey(there, 'www.example.net')).toBe('192.0.2.3')
  })

  test('may be one of several', async () => {
    const auto = await serve('directory zones/deep\ndirectory zones\n', {
      files: { ...files, 'zones/deep/db.example.org': zone('192.0.2.9') },
    })
    expect(await survey(auto, 'www.example.org', 'www.sub.example.org')).toBe('192.0.2.9 192.0.2.2')
    expect(auto.runtime.logged).toContain(
      '[WARNING] plugin/auto: zones/db.example.org is for zone example.org. as zones/deep/db.example.org is, and not looked at',
    )
  })

  test('need not be there yet', async () => {
    const auto = await serve('directory later')
    expect(auto.runtime.logged).toEqual(['[WARNING] plugin/auto: cannot read folder later: no such folder'])
    expect(await survey(auto, 'www.example.org')).toBe('REFUSED')
    await auto.runtime.change('later/db.example.org', zone('192.0.2.1'))
    expect(await survey(auto, 'www.example.org')).toBe('192.0.2.1')
  })
})

describe('file names', () => {
  test.each([
    ['', 'db.example.org', 'example.org'],
    ['', 'db.EXAMPLE.org', 'example.org'],
    ['', 'x.db.example.org', 'example.org'],
    ['', 'db..', '.'],
    ['^(.*)\\.zone$ {1}', 'example.org.zone', 'example.org'],
    ['^(.*)\\.zone$ {1}', 'example.org.zone.bak', undefined],
    ['^(\\w+)-(\\w+)$ {2}.{1}', 'org-example', 'example.org'],
    ['^(?P<name>\\w+)$ {name}.example.org', 'sub', 'sub.example.org'],
    ['^(\\w+)$ {0}.example.org', 'sub', 'sub.example.org'],
    ['(.*) example.org', 'anything', 'example.org'],
    ['^(x?)y$ {1}', 'y', undefined],
    ['', '.db.example.org.swp', undefined],
    ['(.*) {1}', '.git/x', undefined],
  ])('%j %s is for %s', async (rule, name, origin) => {
    const auto = await serve(`directory zones ${rule}`, { files: { [`zones/${name}`]: zone('192.0.2.1') } })
    const lines = auto.runtime.logged.map((line) => line.replace(/ comes from .*/, ''))
    expect(lines).toEqual(
      origin === undefined ? [] : [`[INFO] plugin/auto: zone ${origin === '.' ? '.' : `${origin}.`}`],
    )
  })

  test('that are no domain names are told once', async () => {
    const auto = await serve('directory zones', {
      files: { 'zones/db.a..b': '', 'zones/db.example.org': zone('192.0.2.1') },
    })
    const told = ['[WARNING] plugin/auto: zones/db.a..b is for no zone: empty label in name "a..b."']
    expect(auto.runtime.logged.filter((line) => !line.includes('INFO'))).toEqual(told)
    await auto.runtime.change('zones/db.example.net', zone('192.0.2.2'))
    expect(auto.runtime.logged.filter((line) => !line.includes('INFO'))).toEqual(told)
  })
})

describe('zones', () => {
  test('are those of the block, or those named', async () => {
    const block = await rig('example.org {\nauto {\ndirectory zones\n}\n}\n. {\n}', { files })
    expect(await survey(block, 'www.example.org')).toBe('192.0.2.1')
    const named = await rig('. {\nauto sub.example.org example.net {\ndirectory zones\n}\n}', { files })
    expect(await survey(named, 'www.example.org', 'www.sub.example.org', 'www.example.net')).toBe(
      'REFUSED 192.0.2.2 192.0.2.3',
    )
  })

  test('above those named answer their names', async () => {
    const auto = await rig('. {\nauto www.example.org {\ndirectory zones\n}\n}', { files })
    expect(await survey(auto, 'www.example.org', 'example.org')).toBe('192.0.2.1 REFUSED')
  })

  test('that are not here are asked of the next plugin', async () => {
    const stub = (query: Query): Reply => query.reply({ rcode: 4 })
    const auto = await rig('. {\nauto org {\ndirectory zones\n}\nstub\n}', { files, stub })
    expect(await survey(auto, 'www.example.org', 'www.other.org', 'www.example.net')).toBe('192.0.2.1 NOTIMP NOTIMP')
  })

  test('may fall through', async () => {
    const stub = (query: Query): Reply => query.reply({ rcode: 4 })
    const auto = await rig('. {\nauto {\ndirectory zones\nfallthrough sub.example.org\n}\nstub\n}', { files, stub })
    expect(await survey(auto, 'none.example.org', 'none.sub.example.org')).toBe('NXDOMAIN NOTIMP')
  })

  test('of several uses stand one behind the other', async () => {
    const auto = await rig('. {\nauto net {\ndirectory zones\n}\nauto org {\ndirectory zones\n}\n}', { files })
    expect(await survey(auto, 'www.example.org', 'www.example.net', 'www.example.com')).toBe(
      '192.0.2.1 192.0.2.3 REFUSED',
    )
  })

  test('have no transfers of their own', async () => {
    expect((await (await serve('directory zones')).answer('example.org AXFR')).rcode).toBe('REFUSED')
  })

  test('lead to each other by aliases', async () => {
    const auto = await serve('directory zones', {
      files: { ...files, 'zones/db.alias.test': `${zone('192.0.2.5')}x 60 CNAME www.example.org.\n` },
    })
    expect((await auto.answer('x.alias.test A')).answer).toEqual([
      'x.alias.test. 60 IN CNAME www.example.org.',
      'www.example.org. 60 IN A 192.0.2.1',
    ])
  })
})

describe('changes', () => {
  test('a file that comes is served', async () => {
    const auto = await serve('directory zones\nreload 10s')
    expect(auto.runtime.watches.map(({ path, interval }) => `${path} ${interval}`)).toContain('zones 10000')
    await auto.runtime.change('zones/new/db.example.com', zone('192.0.2.4'))
    expect(await survey(auto, 'www.example.com', 'www.example.org')).toBe('192.0.2.4 192.0.2.1')
    await auto.runtime.change('zones/new/db.example.com', zone('192.0.2.5', 2))
    expect(await survey(auto, 'www.example.com')).toBe('192.0.2.5')
    expect(auto.runtime.logged.slice(-2)).toEqual([
      '[INFO] plugin/auto: zone example.com. comes from zones/new/db.example.com with serial 1',
      '[INFO] plugin/auto: reloaded zone example.com. from zones/new/db.example.com with serial 2',
    ])
  })

  test('a file that goes takes its zone along', async () => {
    const auto = await serve('directory zones')
    const watches = auto.runtime.watches.length
    await auto.runtime.change('zones/db.sub.example.org')
    expect(await survey(auto, 'www.sub.example.org', 'www.example.org')).toBe('NXDOMAIN 192.0.2.1')
    expect(auto.runtime.logged.at(-1)).toBe(
      '[INFO] plugin/auto: zone sub.example.org. is gone with zones/db.sub.example.org',
    )
    expect(auto.runtime.watches).toHaveLength(watches - 1)
  })

  test('a zone may move to another file', async () => {
    const auto = await serve('directory zones')
    await auto.runtime.change('zones/a/db.example.org', zone('192.0.2.9'))
    expect(await survey(auto, 'www.example.org')).toBe('192.0.2.9')
    await auto.runtime.change('zones/a/db.example.org')
    expect(await survey(auto, 'www.example.org')).toBe('192.0.2.1')
  })

  test('a zone that moves to a file with mistakes stays as it was', async () => {
    const auto = await serve('directory zones')
    await auto.runtime.change('zones/a/db.example.org', '@ 60 SOA\n')
    expect(await survey(auto, 'www.example.org')).toBe('192.0.2.1')
    expect(auto.runtime.logged.at(-1)).toBe('[ERROR] plugin/auto: zone example.org. stays as it was')
  })

  test('when the folder cannot be read all zones stay', async () => {
    const auto = await serve('directory zones/deep')
    await auto.runtime.change('zones/deep/er/db.example.net')
    expect(await survey(auto, 'www.example.net')).toBe('192.0.2.3')
    expect(auto.runtime.logged.slice(1)).toEqual([
      '[WARNING] plugin/auto: cannot read folder zones/deep: no such folder',
      '[ERROR] plugin/auto: cannot read zones/deep/er/db.example.net: no such file',
      '[ERROR] plugin/auto: zones/deep/er/db.example.net: not loaded, the zone stays as it was',
    ])
  })

  test('a file with mistakes changes nothing', async () => {
    const auto = await serve('directory zones')
    await auto.runtime.change('zones/db.example.org', '@ 60 SOA\n')
    expect(await survey(auto, 'www.example.org')).toBe('192.0.2.1')
    expect(auto.runtime.logged.at(-1)).toBe(
      '[ERROR] plugin/auto: zones/db.example.org: not loaded, the zone stays as it was',
    )
  })

  test('reload 0 looks no more, and stop ends all watches', async () => {
    expect((await serve('directory zones\nreload 0')).runtime.watches).toEqual([])
    const auto = await serve('directory zones')
    expect(auto.runtime.watches).toHaveLength(4)
    await auto.stop()
    expect(auto.runtime.watches).toEqual([])
  })
})

describe('a file with mistakes from the start', () => {
  const broken = { ...files, 'zones/db.bad.test': '@ 60 SOA ns\nwww 60 A x\n' }

  test('gets SERVFAIL and leaves the others alone', async () => {
    const auto = await serve('directory zones', { files: broken })
    expect(await survey(auto, 'www.bad.test', 'www.example.org')).toBe('SERVFAIL 192.0.2.1')
    expect(auto.runtime.logged.filter((line) => line.startsWith('[ERROR]'))).toEqual([
      expect.stringMatching(/^\[ERROR\] plugin\/auto: zones\/db\.bad\.test:1:12: SOA: /),
      expect.stringMatching(/^\[ERROR\] plugin\/auto: zones\/db\.bad\.test:2:10: A: /),
      '[ERROR] plugin/auto: zone bad.test. gets SERVFAIL until its file can be loaded',
    ])
  })

  test('is served once it is in order', async () => {
    const auto = await serve('directory zones', { files: broken })
    await auto.runtime.change('zones/db.bad.test', zone('192.0.2.8'))
    expect(await survey(auto, 'www.bad.test')).toBe('192.0.2.8')
  })
})

describe('the Corefile', () => {
  test.each([
    ['auto', 'Corefile:2:1: auto: needs a directory'],
    ['auto {\nreload 5s\n}', 'Corefile:2:1: auto: needs a directory'],
    ['auto {\ndirectory\n}', 'folder'],
    ['auto {\ndirectory zones (.*)\n}', 'Corefile:3:1: auto: directory: a regular expression needs a template'],
    ['auto {\ndirectory zones .* x\n}', 'needs a group in parentheses, got ".*"'],
    ['auto {\ndirectory zones * {1}\n}', 'is no regular expression'],
    ['auto {\ndirectory zones (.*) {2}\n}', 'has no group 2, got "{2}"'],
    ['auto {\ndirectory zones (.*) {name}\n}', 'has no group name, got "{name}"'],
    ['auto {\ndirectory zones (.*) {1} more\n}', '"more"'],
    ['auto {\ndirectory zones\nreload soon\n}', '"soon"'],
    ['auto {\ndirectory zones\nreload -1s\n}', 'must not be negative'],
    ['auto {\ndirectory zones\nno_reload\n}', 'unknown property'],
  ])('%j is refused', async (lines, message) => {
    expect(await faults(`. {\n${lines}\n}`, { files })).toContain(message)
  })

  test('a regular expression of more than 10000 characters is refused', async () => {
    const lines = `auto {\ndirectory zones (${'a'.repeat(10_000)}) {1}\n}`
    expect((await faults(`. {\n${lines}\n}`)).slice(0, 90)).toContain('is longer than 10000 characters')
  })

  test('CIDR zones and what old Corefiles have are taken', async () => {
    expect(await faults('. {\nauto 10.0.0.0/24 {\ndirectory zones\nupstream 8.8.8.8\n}\n}', { files })).toBe('')
  })
})

test('on Workers a missing folder is an error', async () => {
  const runtime = new FakeRuntime({ name: 'workers', files })
  expect(await faults('org {\nauto {\ndirectory none\n}\n}', { runtime })).toBe(
    'Corefile:3:1: auto: directory: cannot read folder none: no such folder',
  )
})
