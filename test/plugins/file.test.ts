import { describe, expect, test } from 'vitest'
import type { Query } from '../../src/query.ts'
import type { Reply } from '../../src/reply.ts'
import { FakeRuntime } from '../runtime.ts'
import { faults, type Rig, rig } from './rig.ts'

const ORG = `
$ORIGIN example.org.
$TTL 3600
@        SOA   ns hostmaster 1 7200 3600 1209600 300
         NS    ns
ns       A     192.0.2.1
www      A     192.0.2.2
a.ent    A     192.0.2.3
alias    CNAME www
out      CNAME www.elsewhere.test.
inner    CNAME www.sub
missing  CNAME none
sub2     NS    ns
`
const SUB = '@ 60 SOA ns hostmaster 2 7200 3600 1209600 300\n@ 60 NS ns\nwww 60 A 192.0.2.9\n'
const SOA = 'example.org. 300 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 300'
const NS = 'example.org. 3600 IN NS ns.example.org.'
const files = {
  'db.org': ORG,
  'db.sub': SUB,
  'zones/db.org': ORG,
  'db.bad': '@ 60 SOA ns\nwww 60 A x\n',
  'db.none': '',
}

const refuse = (query: Query): Reply => query.reply({ rcode: 5 })
const serve = (lines: string, stub = refuse): Promise<Rig> => rig(`. {\n${lines}\nstub\n}`, { files, stub })

describe('answers', () => {
  test.each([
    ['www.example.org A', 'NOERROR', 'aa rd', ['www.example.org. 3600 IN A 192.0.2.2'], [NS]],
    ['WWW.example.org A', 'NOERROR', 'aa rd', ['WWW.example.org. 3600 IN A 192.0.2.2'], [NS]],
    ['none.example.org A', 'NXDOMAIN', 'aa rd', [], [SOA]],
    ['ent.example.org A', 'NOERROR', 'aa rd', [], [SOA]],
    ['sub2.example.org A', 'NOERROR', 'rd', [], ['sub2.example.org. 3600 IN NS ns.example.org.']],
    ['example.org AXFR', 'REFUSED', 'rd', [], []],
    ['example.org IXFR', 'REFUSED', 'rd', [], []],
    ['www.example.com A', 'REFUSED', 'rd', [], []],
  ])('%s', async (question, rcode, flags, answer, authority) => {
    const found = await (await serve('file db.org example.org')).answer(question)
    expect(found).toMatchObject({ rcode, flags, answer, authority })
  })

  test("the longest zone counts, and DS is the parent's", async () => {
    const both = await serve('file db.org example.org\nfile db.sub sub.example.org')
    expect(await both.answer('www.sub.example.org A')).toMatchObject({
      answer: ['www.sub.example.org. 60 IN A 192.0.2.9'],
    })
    expect((await both.answer('sub.example.org DS')).authority).toEqual([SOA])
    expect((await both.answer('sub.example.org SOA')).answer[0]).toContain('SOA ns.sub.example.org.')
  })

  test('an alias into a zone below is answered from there', async () => {
    const both = await serve('file db.org example.org\nfile db.sub sub.example.org')
    const answer = ['inner.example.org. 3600 IN CNAME www.sub.example.org.', 'www.sub.example.org. 60 IN A 192.0.2.9']
    expect(await both.answer('inner.example.org A')).toMatchObject({ rcode: 'NOERROR', answer })
    const hidden = await rig('. {\nfile db.hide example.org\nfile db.sub sub.example.org\n}', {
      files: { ...files, 'db.hide': `${ORG}www.sub A 192.0.2.66\n` },
    })
    expect(await hidden.answer('inner.example.org A')).toMatchObject({ rcode: 'NOERROR', answer })
  })

  test('one file for several zones, and for those of the block', async () => {
    const two = await serve('file db.sub a.test b.test')
    expect((await two.answer('www.a.test A')).answer).toEqual(['www.a.test. 60 IN A 192.0.2.9'])
    expect((await two.answer('www.b.test A')).answer).toEqual(['www.b.test. 60 IN A 192.0.2.9'])
    const block = await rig('c.test d.test {\nfile db.sub\n}', { files })
    expect((await block.answer('www.d.test A')).answer).toEqual(['www.d.test. 60 IN A 192.0.2.9'])
  })

  test('files are below the root folder', async () => {
    const rooted = await rig('example.org {\nroot zones\nfile db.org\n}', { files })
    expect((await rooted.answer('www.example.org A')).rcode).toBe('NOERROR')
  })
})

describe('aliases that leave the zone', () => {
  const elsewhere = (query: Query): Reply => query.reply({ rcode: 3 })

  test.each([
    ['nothing is known there', 5, 'NOERROR', [NS]],
    ['the name is not there', 3, 'NXDOMAIN', [SOA]],
    ['there is no data', 0, 'NOERROR', [SOA]],
    ['the other server fails', 2, 'SERVFAIL', [NS]],
  ])('%s', async (_, rcode, expected, authority) => {
    const zone = await serve('file db.org example.org', (query) => query.reply({ rcode }))
    const answer = ['out.example.org. 3600 IN CNAME www.elsewhere.test.']
    expect(await zone.answer('out.example.org A')).toMatchObject({ rcode: expected, flags: 'aa rd', answer, authority })
  })

  test('what is found there follows', async () => {
    const both = await serve('file db.org example.org\nfile db.sub elsewhere.test')
    expect((await both.answer('out.example.org A')).answer).toEqual([
      'out.example.org. 3600 IN CNAME www.elsewhere.test.',
      'www.elsewhere.test. 60 IN A 192.0.2.9',
    ])
  })

  test('also in a zone below, which is not delegated', async () => {
    const both = await serve('file db.org example.org\nfile db.sub sub.example.org')
    expect(await both.answer('inner.example.org A')).toMatchObject({
      rcode: 'NOERROR',
      answer: ['inner.example.org. 3600 IN CNAME www.sub.example.org.', 'www.sub.example.org. 60 IN A 192.0.2.9'],
      authority: [NS],
    })
  })

  test('a target that is nowhere is NXDOMAIN', async () => {
    const zone = await serve('file db.org example.org', elsewhere)
    expect(await zone.answer('missing.example.org A')).toMatchObject({ rcode: 'NXDOMAIN', authority: [SOA] })
  })

  test('zones whose aliases lead to each other come to an end', async () => {
    const loop = (other: string): string => `@ 60 SOA a. b. 1 2 3 4 5\nx 60 CNAME x.${other}.\n`
    const zones = await rig('a.test {\nfile a\n}\nb.test {\nfile b\n}', {
      files: { a: loop('b.test'), b: loop('a.test') },
    })
    expect((await zones.answer('x.a.test A')).rcode).toBe('SERVFAIL')
  })
})

describe('fallthrough', () => {
  const stub = (query: Query): Reply => query.reply({ rcode: 4 })

  test.each([
    ['fallthrough', 'none.example.org A', 'NOTIMP'],
    ['fallthrough', 'ent.example.org A', 'NOTIMP'],
    ['fallthrough', 'www.example.org MX', 'NOERROR'],
    ['fallthrough', 'www.example.org A', 'NOERROR'],
    ['fallthrough example.org', 'none.example.org A', 'NOTIMP'],
    ['fallthrough lab.example.org', 'none.example.org A', 'NXDOMAIN'],
    ['fallthrough lab.example.org', 'x.lab.example.org A', 'NOTIMP'],
    ['', 'none.example.org A', 'NXDOMAIN'],
  ])('%s: %s', async (property, question, rcode) => {
    const zone = await serve(`file db.org example.org {\n${property}\n}`, stub)
    expect((await zone.answer(question)).rcode).toBe(rcode)
  })
})

describe('loading', () => {
  test.each([
    ['file', 'Corefile:2:1: file: '],
    ['file db.org example.org {\ntransfer from 192.0.2.1\n}', 'unknown property'],
    ['file db.org example.org {\nreload\n}', 'interval'],
    ['file db.org example.org {\nreload soon\n}', '"soon"'],
    ['file db.bad example.org', 'db.bad:1:12: SOA: '],
    ['file db.bad example.org', 'db.bad:2:10: A: '],
    ['file db.none example.org', 'db.none: no SOA record for the zone example.org.'],
    ['file nofile example.org {\nreload 0s\n}', 'Corefile:2:1: file: cannot read nofile: no such file'],
  ])('%j is refused', async (lines, message) => {
    expect(await faults(`. {\n${lines}\n}`, { files })).toContain(message)
  })

  test.each([
    ['file db.org example.org {\nreload 5s\n}'],
    ['file db.org example.org {\nreload_by_mtime\nupstream 192.0.2.1\nfallthrough\n}'],
    ['file db.org 10.0.0.0/8'],
    ['file nofile example.org'],
  ])('%j is taken', async (lines) => {
    expect(await faults(`. {\n${lines}\n}`, { files })).toBe('')
  })

  test('a zone whose file is not there gets SERVFAIL until it is', async () => {
    const zone = await serve('file later example.org')
    expect(zone.instance.warnings[0]).toMatch(
      /^Corefile:2:1: file: cannot read later: no such file; zone example\.org\./,
    )
    expect(await zone.answer('www.example.org A', { bufsize: 1232 })).toMatchObject({
      rcode: 'SERVFAIL',
      errors: ['14 zone not loaded'],
    })
    await zone.runtime.change('later', ORG)
    expect((await zone.answer('www.example.org A')).rcode).toBe('NOERROR')
  })

  test('a file of another zone gets SERVFAIL', async () => {
    const zone = await serve('file db.org example.net')
    expect(zone.instance.warnings.join('\n')).toContain(
      'no SOA record for the zone example.net., but one for example.org.',
    )
    expect((await zone.answer('www.example.net A')).rcode).toBe('SERVFAIL')
  })

  test('on Workers a missing zone is an error', async () => {
    const runtime = new FakeRuntime({ name: 'workers', files })
    expect(await faults('example.org {\nfile nofile\n}', { runtime })).toContain('cannot read nofile')
  })
})

describe('reloading', () => {
  test('a changed file is served, and said so', async () => {
    const zone = await serve('file db.org example.org {\nreload 5s\n}')
    expect(zone.runtime.watches).toMatchObject([{ path: 'db.org', interval: 5000 }])
    await zone.runtime.change('db.org', ORG.replace('192.0.2.2', '192.0.2.22').replace('hostmaster 1', 'hostmaster 5'))
    expect((await zone.answer('www.example.org A')).answer).toEqual(['www.example.org. 3600 IN A 192.0.2.22'])
    expect(zone.runtime.logged).toEqual(['[INFO] plugin/file: reloaded zone example.org. from db.org with serial 5'])
  })

  test('an old serial is mentioned', async () => {
    const zone = await serve('file db.org example.org')
    await zone.runtime.change('db.org', ORG.replace('192.0.2.2', '192.0.2.22'))
    expect((await zone.answer('www.example.org A')).answer).toEqual(['www.example.org. 3600 IN A 192.0.2.22'])
    expect(zone.runtime.logged[0]).toContain('with serial 1, which is the one before')
  })

  test('a broken file changes nothing, and is told once', async () => {
    const zone = await serve('file db.org example.org')
    await zone.runtime.change('db.org', '@ 60 SOA\n')
    await zone.runtime.change('db.org', '@ 60 SOA\n')
    expect((await zone.answer('www.example.org A')).answer).toHaveLength(1)
    expect(zone.runtime.logged).toEqual([
      expect.stringMatching(/^\[ERROR\] plugin\/file: db\.org:1:9: SOA: /),
      '[ERROR] plugin/file: db.org: not loaded, the zone stays as it was',
    ])
  })

  test('as does one that vanished', async () => {
    const zone = await serve('file db.org example.org')
    await zone.runtime.change('db.org')
    expect((await zone.answer('www.example.org A')).answer).toHaveLength(1)
    expect(zone.runtime.logged[0]).toBe('[ERROR] plugin/file: cannot read db.org: no such file')
  })

  test('reload 0s watches nothing, and stop ends all watches', async () => {
    expect((await serve('file db.org example.org {\nreload 0s\n}')).runtime.watches).toEqual([])
    const zone = await serve('file db.org example.org')
    await zone.stop()
    expect(zone.runtime.watches).toEqual([])
  })
})
