import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { redisOptions } from '../../src/cli/zone/open.ts'
import { parseName } from '../../src/dns/name.ts'
import { entriesOf } from '../../src/store/entries.ts'
import { pageOwner } from '../../src/store/pages.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { hasTool } from '../e2e/tools.ts'
import { RedisServer } from '../store/redisserver.ts'
import { SIGNINGS, signed } from '../store/signing.ts'
import { contentOf } from '../store/suite.ts'
import { zone as anyZone } from '../zone/modelzones.ts'
import { APEX, recordsOf, zoneOf } from '../zone/zones.ts'

let folder: string
let out: string[] = []
let errors: string[] = []
let stores = 0
let store: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-zone-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  store = `sqlite:${join(folder, `zones-${++stores}.db`)}`
})

/** Runs `coredge zone …` for the test's store; gives the exit code, with what it wrote in `out` and `errors`. */
async function zone(...args: string[]): Promise<number> {
  out = []
  errors = []
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line)),
    vi.spyOn(console, 'error').mockImplementation((line: string) => void errors.push(line)),
    vi
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => Boolean(out.push(...String(text).trimEnd().split('\n')))),
  ]
  try {
    return await main(['zone', ...args, '-store', store])
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

async function withStore<T>(action: (db: SqliteStore) => Promise<T>): Promise<T> {
  const db = new SqliteStore(store.slice(7))
  try {
    return await action(db)
  } finally {
    await db.close()
  }
}

function file(text: string): string {
  const path = join(folder, `db.${Math.random()}`)
  writeFileSync(path, text)
  return path
}

const ZONE = `${APEX}www 300 A 192.0.2.1\na.b 300 TXT "x"\n`
const SOA = (serial: number): string =>
  `example. 3600 IN SOA ns.example. hostmaster.example. ${serial} 7200 3600 1209600 300`
const NS = 'example. 3600 IN NS ns.elsewhere.'

/** Imports ZONE into the test's store. */
async function imported(): Promise<void> {
  expect(await zone('import', file(ZONE), 'example')).toBe(0)
}

describe('import', () => {
  test('makes the zone, and says so', async () => {
    await imported()
    expect(out).toEqual(['example.: imported 4 records of 4 names, serial 1'])
    await zone('export', 'example')
    expect(out).toEqual([SOA(1), NS, 'a.b.example. 300 IN TXT "x"', 'www.example. 300 IN A 192.0.2.1'])
  })

  test.each([
    ['the same', ZONE, 'example.: nothing to change, serial 1'],
    ['an earlier serial', ZONE.replace(' 1 7200', ' 0 7200'), 'example.: nothing to change, serial 1'],
    ['a later serial', ZONE.replace(' 1 7200', ' 20 7200'), 'example.: imported 4 records of 4 names, serial 20'],
    ['new records', `${ZONE}new 300 A 192.0.2.9\n`, 'example.: imported 5 records of 5 names, serial 2'],
    [
      'new numbers in the SOA record',
      ZONE.replace('1209600', '7'),
      'example.: imported 4 records of 4 names, serial 2',
    ],
  ])('again with %s', async (_, text, said) => {
    await imported()
    expect(await zone('import', file(text), 'example.')).toBe(0)
    expect(out).toEqual([said])
  })

  test('serials go round', async () => {
    await zone('import', file(ZONE.replace(' 1 7200', ' 4294967295 7200')), 'example')
    await zone('import', file(`${ZONE.replace(' 1 7200', ' 4294967295 7200')}new 1 A 192.0.2.9\n`), 'example')
    expect(out[0]).toContain('serial 1')
  })

  test.each([
    ['www 300 A 999.0.2.1\n', /^.*db\.[\d.]+:3:11: A: address must be an IPv4 address, got "999.0.2.1"$/],
    ['www 300 A 192.0.2.1\nwww 300 CNAME x\n', /:3:1: www.example. has a CNAME and other data: A$/],
  ])('refuses %j', async (text, message) => {
    await imported()
    expect(await zone('import', file(APEX + text), 'example')).toBe(1)
    expect(errors.join('\n')).toMatch(message)
    await zone('get', 'www.example')
    expect(out).toEqual(['www.example. 300 IN A 192.0.2.1'])
  })

  test('refuses what is no zone', async () => {
    expect(await zone('import', file('www.example. 300 A 192.0.2.1\n'), 'example')).toBe(1)
    expect(errors.join()).toContain('no SOA record for the zone example.')
    expect(await zone('import', join(folder, 'nowhere'), 'example')).toBe(1)
    expect(errors.join()).toContain('no such file')
  })

  test('tells how far it is with a large zone', async () => {
    await zone('import', file(`${APEX}$GENERATE 1-20000 n$ 300 A 192.0.2.1\n`), 'example')
    expect(errors.length).toBeGreaterThan(5)
    expect(errors.at(-1)).toBe('example.: 20001 of 20001 names')
  })
})

describe('export', () => {
  test('and import is the identity', async () => {
    await fc.assert(
      fc.asyncProperty(anyZone, async (model) => {
        const image = zoneOf(model.toString())
        const db = new SqliteStore(store.slice(7))
        await db.replace(parseName('example.'), entriesOf(image))
        const before = await contentOf(db)
        const path = join(folder, 'exported')
        expect(await zone('export', 'example', path)).toBe(0)
        expect(recordsOf(zoneOf(readFileSync(path, 'utf8'))).sort()).toEqual(recordsOf(image).sort())
        await db.remove(parseName('example.'))
        expect(await zone('import', path, 'example')).toBe(0)
        expect(await contentOf(db)).toEqual(before)
        expect(await zone('diff', path, 'example')).toBe(0)
        expect(out).toEqual([])
        await db.close()
      }),
      { numRuns: 40 },
    )
  }, 60_000)

  test('of every kind of record', async () => {
    const text = `${APEX}
x 0 TXT "" "\\000\\255\\"\\\\;" ${'y'.repeat(255)}
x 300 MX 0 .
*.\\*.w 300 CAA 0 issue ";"
a\\.b 300 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:i@example.!" .
t 300 TYPE65280 \\# 3 abcdef
h 300 HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1
l 300 LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
s 300 SSHFP 1 1 00112233445566778899aabbccddeeff00112233
u 300 URI 10 1 "ftp://ftp.example/public"
p 300 PTR host.example.
d 300 DNAME elsewhere.test.
`
    expect(await zone('import', file(text), 'example')).toBe(0)
    await zone('export', 'example')
    expect([...out].sort()).toEqual(recordsOf(zoneOf(text)).sort())
    expect(await zone('diff', file(text), 'example')).toBe(0)
    expect(out).toEqual([])
  })
})

describe.each(SIGNINGS)('a zone signed with %s', (signing) => {
  const text = signed(`${ZONE}cut 300 NS ns.elsewhere.\n`, signing)

  test('import, export, diff, check, list and get', async () => {
    expect(await zone('import', file(text), 'example')).toBe(0)
    expect(await zone('check', 'example')).toBe(0)
    await zone('export', 'example')
    const exported = `${out.join('\n')}\n`
    expect(recordsOf(zoneOf(exported)).sort()).toEqual(recordsOf(zoneOf(text)).sort())
    const before = await withStore((db) => contentOf(db))
    await zone('remove', 'example')
    await zone('import', file(exported), 'example')
    expect(await withStore((db) => contentOf(db))).toEqual(before)
    expect(await zone('diff', file(text), 'example')).toBe(0)
    expect(out).toEqual([])
    await zone('list', 'example')
    expect(out).toEqual(['example.', 'a.b.example.', 'cut.example.', 'www.example.'])
    await zone('get', 'www.example')
    expect([...out].sort()).toEqual(
      recordsOf(zoneOf(text))
        .filter((line) => line.startsWith('www.'))
        .sort(),
    )
    for (const line of recordsOf(zoneOf(text)).filter((line) => / IN NSEC3 /.test(line))) {
      expect(await zone('get', line.split(' ')[0], 'NSEC3')).toBe(0)
      expect(out).toEqual([line])
    }
  })

  test('again: what was signed anew is a change, and its serial stays as it is', async () => {
    await zone('import', file(text), 'example')
    expect(await zone('import', file(text), 'example')).toBe(0)
    expect(out).toEqual(['example.: nothing to change, serial 1'])
    const anew = file(text.replaceAll('20380101000000', '20390101000000'))
    await zone('diff', anew, 'example')
    expect(out.every((line) => / (RRSIG) /.test(line))).toBe(true)
    expect(await zone('import', anew, 'example')).toBe(0)
    expect(errors).toEqual([
      "warning: example.: serial 1 is not later than the store's, and signed: raise it before signing",
    ])
    expect(await zone('diff', anew, 'example')).toBe(0)
    expect(out).toEqual([])
    await zone('get', 'example', 'SOA')
    expect(out).toEqual([SOA(1)])
  })

  test('single records cannot be changed, and the message says what to do', async () => {
    await zone('import', file(text), 'example')
    for (const words of [
      ['set', 'new.example', 'A', '60', '192.0.2.7'],
      ['delete', 'www.example'],
    ]) {
      expect(await zone(...words)).toBe(1)
      expect(errors).toEqual(['example. is signed: change its zone file, sign that again, and import it'])
    }
    expect(await zone('diff', file(text), 'example')).toBe(0)
    expect(out).toEqual([])
  })

  test('check finds proofs that are not those of the records', async () => {
    await zone('import', file(text), 'example')
    await withStore((db) =>
      db.edit(parseName('example.'), async () => [
        { owner: parseName('www').slice(0, -1), value: undefined },
        { owner: pageOwner(1), value: 'damaged' },
      ]),
    )
    expect(await zone('check', 'example')).toBe(1)
    expect(errors.join('\n')).toMatch(
      /example. has other proofs of what is absent than its records make: import it again|without a chain/,
    )
  })
})

test('list and get', async () => {
  await imported()
  await zone('import', file(APEX), 'b.test')
  await zone('list')
  expect(out).toEqual(['example.', 'b.test.'])
  await zone('list', 'example')
  expect(out).toEqual(['example.', 'a.b.example.', 'www.example.'])
  expect(await zone('get', 'example', 'NS')).toBe(0)
  expect(out).toEqual([NS])
  expect(await zone('get', 'b.example')).toBe(1)
  expect(await zone('get', 'www.example', 'AAAA')).toBe(1)
  expect(await zone('get', 'www.elsewhere')).toBe(1)
  expect(errors.join()).toContain('no zone for www.elsewhere.')
})

describe('set', () => {
  const CASES: [string, string[], string[]][] = [
    ['replaces', ['www.example', 'A', '60', '192.0.2.7'], ['www.example. 60 IN A 192.0.2.7']],
    [
      'several',
      ['www.example.', 'a', '1h', '192.0.2.7', '192.0.2.8'],
      ['www.example. 3600 IN A 192.0.2.7', 'www.example. 3600 IN A 192.0.2.8'],
    ],
    ['one of many words', ['new.example', 'MX', '60', '10', 'mail.test'], ['new.example. 60 IN MX 10 mail.test.']],
    [
      'several of many words',
      ['new.example', 'MX', '60', '10 a.test.', '20 b.test.'],
      ['new.example. 60 IN MX 10 a.test.', 'new.example. 60 IN MX 20 b.test.'],
    ],
    ['text with blanks', ['new.example', 'TXT', '60', 'v=spf1 mx -all'], ['new.example. 60 IN TXT "v=spf1 mx -all"']],
    ['text in quotes', ['new.example', 'TXT', '60', '"a b" "c"'], ['new.example. 60 IN TXT "a b" "c"']],
    ['a wildcard', ['*.x.example', 'A', '60', '192.0.2.7'], ['*.x.example. 60 IN A 192.0.2.7']],
    ['an unknown type', ['new.example', 'TYPE65280', '60', '\\# 2 abcd'], ['new.example. 60 IN TYPE65280 \\# 2 ABCD']],
  ]
  test.each(CASES)('%s', async (_, words, lines) => {
    await imported()
    expect(await zone('set', ...words)).toBe(0)
    await zone('get', words[0])
    expect(out).toEqual(lines)
    expect(await zone('check', 'example')).toBe(0)
  })

  test('-add adds, and never twice', async () => {
    await imported()
    await zone('set', '-add', 'www.example', 'A', '60', '192.0.2.7')
    await zone('set', '-add', 'www.example', 'A', '60', '192.0.2.7')
    await zone('get', 'www.example')
    expect(out).toEqual(['www.example. 60 IN A 192.0.2.1', 'www.example. 60 IN A 192.0.2.7'])
  })

  test('-serial raises the serial', async () => {
    await imported()
    await zone('set', '-serial', 'www.example', 'A', '60', '192.0.2.7')
    await zone('delete', '-serial', 'a.b.example')
    await zone('export', 'example')
    expect(out).toEqual([SOA(3), NS, 'www.example. 60 IN A 192.0.2.7'])
  })

  test.each([
    [['www.example', 'CNAME', '60', 'x.test'], 'www.example. has a CNAME and other data: A'],
    [['www.example', 'A', '60', '999.0.0.1'], 'A: address must be an IPv4 address, got "999.0.0.1"'],
    [['www.example', 'A', 'soon', '192.0.2.1'], 'the TTL must be seconds or a time like 1h30m, got "soon"'],
    [['www.example', 'NONSENSE', '60', '192.0.2.1'], 'must be a record type, got "NONSENSE"'],
    [['www.example', 'SOA', '60', 'a. b. 1 2 3 4 5'], 'SOA record of www.example. is not at the apex'],
    [['www.example', 'RRSIG', '60', 'x'], 'RRSIG: signatures and proofs come with the `import` of a signed zone'],
    [['www.elsewhere', 'A', '60', '192.0.2.1'], 'no zone for www.elsewhere.'],
    [['www.example', 'A', '60'], 'set: takes NAME TYPE TTL DATA…, got "www.example" "A" "60"'],
    [['..example', 'A', '60', '192.0.2.1'], 'empty label'],
  ])('refuses %j', async (words, message) => {
    await imported()
    expect(await zone('set', ...words)).toBe(1)
    expect(errors.join('\n')).toContain(message)
    await zone('diff', file(ZONE), 'example')
    expect(out).toEqual([])
  })
})

describe('delete', () => {
  test.each([
    [['www.example'], [SOA(1), NS, 'a.b.example. 300 IN TXT "x"']],
    [
      ['a.b.example', 'TXT'],
      [SOA(1), NS, 'www.example. 300 IN A 192.0.2.1'],
    ],
    [
      ['a.b.example', 'TXT', 'x'],
      [SOA(1), NS, 'www.example. 300 IN A 192.0.2.1'],
    ],
  ])('%j', async (words, lines) => {
    await imported()
    expect(await zone('delete', ...words)).toBe(0)
    await zone('export', 'example')
    expect(out).toEqual(lines)
    expect(await zone('check', 'example')).toBe(0)
  })

  test.each([
    [['nowhere.example'], 'nowhere.example. has no such records'],
    [['www.example', 'AAAA'], 'www.example. has no such records'],
    [['www.example', 'A', '192.0.2.99'], 'www.example. has no such records'],
    [['example'], 'example. needs its SOA record'],
  ])('refuses %j', async (words, message) => {
    await imported()
    expect(await zone('delete', ...words)).toBe(1)
    expect(errors.join('\n')).toContain(message)
  })

  test('remove takes the whole zone', async () => {
    await imported()
    expect(await zone('remove', 'example')).toBe(0)
    await zone('list')
    expect(out).toEqual([])
    expect(await zone('remove', 'example')).toBe(1)
  })
})

test('diff shows what an import would change', async () => {
  const text = `${ZONE}new 300 A 192.0.2.9\n`.replace('"x"', '"y"')
  await zone('import', file(`${APEX}`), 'other.test')
  await zone('diff', file(APEX), 'example')
  expect(out).toEqual([`+${SOA(1)}`, `+${NS}`])
  await imported()
  await zone('diff', file(text), 'example')
  expect(out).toEqual([
    `-${SOA(1)}`,
    `+${SOA(2)}`,
    '-a.b.example. 300 IN TXT "x"',
    '+a.b.example. 300 IN TXT "y"',
    '+new.example. 300 IN A 192.0.2.9',
  ])
})

test('check finds what is wrong in a store', async () => {
  await imported()
  const db = new SqliteStore(store.slice(7))
  const owner = (text: string): Uint8Array => parseName(text).slice(0, -1)
  await db.edit(parseName('example.'), async () => [
    { owner: owner('b'), value: undefined },
    { owner: owner('lonely'), value: '{}' },
    { owner: owner('bad'), value: '{"a":{"ip":"x"}}' },
    { owner: owner('worse'), value: '{' },
    { owner: owner('two'), value: '{"cname":{"host":"x."},"a":{"ip":"192.0.2.1"}}' },
  ])
  await db.close()
  expect(await zone('check', 'example')).toBe(1)
  expect(errors).toEqual([
    'bad.example. A: address must be an IPv4 address, got "x"',
    'worse.example. is not JSON: {',
    'b.example. is missing, and names are below it',
    'lonely.example. is there without records or names below it',
    'two.example. has a CNAME and other data: A',
  ])
})

test.each([
  [['impotr', 'x', 'example'], 'did you mean "import"?'],
  [['export'], 'export: takes ORIGIN [FILE], got nothing'],
  [['export', 'example'], 'there is no such file'],
])('%j', async (words, message) => {
  expect(await zone(...words)).toBe(1)
  expect(errors.join('\n')).toContain(message)
})

describe.runIf(hasTool('redis-server') && hasTool('redis-cli'))('in Redis', () => {
  test('import, edit, export', async () => {
    const server = await RedisServer.start('--requirepass', 'p@ss')
    onTestFinished(() => server.end())
    store = `redis://:p%40ss@127.0.0.1:${server.port}/2?prefix=_dns:&suffix=.x`
    await imported()
    await zone('set', 'x.y.example', 'A', '60', '192.0.2.7')
    await zone('export', 'example')
    expect(out).toHaveLength(5)
    expect(await zone('check', 'example')).toBe(0)
    const cli = (...words: string[]): Promise<string> =>
      server.cli('--no-auth-warning', '-a', 'p@ss', '-n', '2', ...words)
    expect(await cli('KEYS', '*')).toBe('_dns:example..x')
    expect(await cli('HGET', '_dns:example..x', 'x.y')).toBe('{"a":[{"ttl":60,"ip":"192.0.2.7"}]}')
    expect(await zone('import', file(ZONE), 'example')).toBe(0)
    expect(out[0]).toContain('serial 2')
    expect((await cli('HKEYS', '_dns:example..x')).split('\n').sort()).toEqual(['@', 'a.b', 'www'])
    await zone('remove', 'example')
    expect(await cli('DBSIZE')).toBe('0')
    store = `redis://127.0.0.1:${server.port}`
    expect(await zone('list')).toBe(1)
    expect(errors.join()).toContain('NOAUTH')
  })
})

test.each([
  ['redis://h', { addresses: [{ host: 'h', port: 6379 }], mode: undefined, tls: undefined, db: undefined }],
  [
    'rediss://u:p%40@[::1]:7000/3?prefix=a:',
    { addresses: [{ host: '::1', port: 7000 }], tls: {}, db: 3, username: 'u', password: 'p@', prefix: 'a:' },
  ],
  ['redis://h?cluster', { mode: 'cluster' }],
  ['redis://h:26379?sentinel=zones&suffix=.x', { mode: { sentinel: 'zones' }, suffix: '.x' }],
])('%s', (text, options) => {
  expect(redisOptions(text)).toMatchObject(options)
})

test('a password whose percent sign is not escaped is told of', () => {
  expect(() => redisOptions('redis://u:100%@h')).toThrow('as in %25 for itself, got "100%"')
})

test('in the KV of `npm start`', { timeout: 60_000 }, async () => {
  const home = process.cwd()
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'wrangler.toml'), 'name = "x"\n[[kv_namespaces]]\nbinding = "ZONES"\n')
  process.chdir(project)
  onTestFinished(() => process.chdir(home))
  store = 'kv:ZONES'
  expect(await zone('import', '-local', file(ZONE), 'example')).toBe(0)
  expect(out).toEqual(['example.: imported 4 records of 4 names, serial 1'])
  expect(await zone('set', '-local', 'www.example', 'A', '60', '192.0.2.7')).toBe(0)
  await zone('get', '-local', 'www.example')
  expect(out).toEqual(['www.example. 60 IN A 192.0.2.7'])
  expect(existsSync(join(project, '.wrangler/state/v3/kv'))).toBe(true)
  expect(await zone('list')).toBe(1)
  expect(errors.join()).toContain('needs either -local, for this machine, or -remote, for Cloudflare')
  store = 'kv:OTHER'
  expect(await zone('list', '-local')).toBe(1)
  expect(errors).toEqual(['wrangler.toml has no KV namespace with the binding OTHER'])
})

test('what wrangler has against it stands on one line, without colours', { timeout: 60_000 }, async () => {
  vi.stubEnv('CLOUDFLARE_API_TOKEN', undefined)
  // Nobody is logged in there.
  for (const name of ['HOME', 'XDG_CONFIG_HOME']) vi.stubEnv(name, folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  store = 'kv:ZONES'
  expect(await zone('list', '-remote')).toBe(1)
  expect(errors).toEqual([expect.stringMatching(/^kv:ZONES: wrangler kv bulk get: In a non-interactive environment/)])
})

test.each([
  ['redis://', 'must be redis://'],
  ['redis://h?prefx=x', 'must be redis://'],
  ['redis://h/x', 'must be redis://'],
  ['nonsense', 'must be sqlite:PATH, redis://HOST:PORT or kv:BINDING, got "nonsense"'],
  ['sqlite:', 'must be sqlite:PATH'],
  ['sqlite:/', '/: '],
])('-store %s', async (place, message) => {
  store = place
  expect(await zone('import', file(ZONE), 'example')).toBe(1)
  expect(errors.join('\n')).toContain(message)
})

describe('an import that is killed', () => {
  const LARGE = `${APEX}$GENERATE 1-60000 n$ 300 A 192.0.2.1\nwww 300 A 192.0.2.2\n`

  function start(path: string): ChildProcess {
    const entry = new URL('../../src/node.ts', import.meta.url).pathname
    return spawn(process.execPath, [entry, 'zone', 'import', path, 'example', '-store', store], { stdio: 'ignore' })
  }

  test('leaves the zone as it was, and can be repeated', async () => {
    await imported()
    const large = file(LARGE)
    const wal = `${store.slice(7)}-wal`
    let interrupted = 0
    for (let i = 0; i < 6; i++) {
      const child = start(large)
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      // Killed once it has written something, each time a little later.
      while (child.exitCode === null && !(existsSync(wal) && statSync(wal).size > i * 200_000)) await wait(2)
      child.kill('SIGKILL')
      await ended
      const db = new SqliteStore(store.slice(7))
      const names = Object.keys(await contentOf(db)).length
      await db.close()
      expect([4, 60_002]).toContain(names)
      if (names === 4) interrupted++
    }
    expect(interrupted).toBeGreaterThan(0)
    expect(await zone('import', large, 'example')).toBe(0)
    await zone('get', 'www.example')
    expect(out).toEqual(['www.example. 300 IN A 192.0.2.2'])
  }, 60_000)
})
