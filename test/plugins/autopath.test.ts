import { describe, expect, test } from 'vitest'
import { RCODE } from '../../src/dns/constants.ts'
import { nameText } from '../../src/dns/name.ts'
import { parseRecord } from '../../src/dns/presentation.ts'
import type { Query } from '../../src/query.ts'
import { DROPPED, type Reply } from '../../src/reply.ts'
import { faults, rig } from './rig.ts'

const RESOLV = 'nameserver 192.0.2.1\nsearch a.example B.example com\noptions ndots:5\n'

/** What there is behind autopath, by name: an rcode, records, or `drop`. What is not said does not exist. */
type World = { readonly [name: string]: string }

function answerFrom(world: World, asked: string[]) {
  return (query: Query): Reply => {
    const name = nameText(query.name).toLowerCase()
    asked.push(name)
    const text = world[name] ?? 'NXDOMAIN'
    if (text === 'drop') return DROPPED
    if (Object.hasOwn(RCODE, text)) return query.reply({ rcode: RCODE[text as keyof typeof RCODE] })
    return query.reply({ aa: true, answer: text ? text.split(', ').map((record) => parseRecord(record)) : [] })
  }
}

async function search(world: World, question: string, directive = 'autopath resolv.conf', waits = false) {
  const asked: string[] = []
  const answer = answerFrom(world, asked)
  const stub = waits ? async (query: Query): Promise<Reply> => answer(query) : answer
  const { ask } = await rig(`. {\n${directive}\nstub\n}`, { files: { 'resolv.conf': RESOLV }, stub })
  const reply = await ask(question)
  return { text: reply ? [reply.rcode, ...reply.answer].join('\n') : 'drop', asked: asked.join(' ') }
}

describe.each([false, true])('a search, in a chain that waits: %s', (waits) => {
  test.each<[string, World, string, string, string]>([
    [
      'finds the first name that exists',
      { 'x.b.example.': 'x.b.example. 60 A 192.0.2.1', 'x.com.': 'x.com. 60 A 192.0.2.2' },
      'x.a.example A',
      'NOERROR\nx.a.example. 60 IN CNAME x.b.example.\nx.b.example. 60 IN A 192.0.2.1',
      'x.a.example. x.b.example.',
    ],
    [
      'finds the name itself',
      { 'x.a.example.': 'x.a.example. 60 A 192.0.2.1' },
      'x.a.example A',
      'NOERROR\nx.a.example. 60 IN A 192.0.2.1',
      'x.a.example.',
    ],
    [
      'ends with the name alone',
      { 'x.y.': 'x.y. 60 A 192.0.2.1' },
      'x.y.a.example A',
      'NOERROR\nx.y.a.example. 60 IN CNAME x.y.\nx.y. 60 IN A 192.0.2.1',
      'x.y.a.example. x.y.b.example. x.y.com. x.y.',
    ],
    [
      'passes over failures',
      { 'x.a.example.': 'SERVFAIL', 'x.b.example.': 'REFUSED', 'x.com.': 'x.com. 9 A 192.0.2.1' },
      'x.a.example A',
      'NOERROR\nx.a.example. 9 IN CNAME x.com.\nx.com. 9 IN A 192.0.2.1',
      'x.a.example. x.b.example. x.com.',
    ],
    [
      'gives the first reply where nothing exists',
      { 'x.a.example.': 'SERVFAIL' },
      'x.a.example A',
      'SERVFAIL',
      'x.a.example. x.b.example. x.com. x.',
    ],
    [
      'ends at a name without records of the type',
      { 'x.b.example.': '' },
      'x.a.example A',
      'NOERROR',
      'x.a.example. x.b.example.',
    ],
    ['ends where a query is dropped', { 'x.b.example.': 'drop' }, 'x.a.example A', 'drop', 'x.a.example. x.b.example.'],
    [
      'keeps aliases that it finds',
      { 'x.a.example.': 'x.a.example. 9 CNAME y.example., y.example. 8 A 192.0.2.1' },
      'x.a.example A',
      'NOERROR\nx.a.example. 9 IN CNAME y.example.\ny.example. 8 IN A 192.0.2.1',
      'x.a.example.',
    ],
    ['is not for other names', {}, 'x.b.example A', 'NXDOMAIN', 'x.b.example.'],
    ['is not for the domain itself', {}, 'a.example A', 'NXDOMAIN', 'a.example.'],
    [
      'takes capitals for small letters',
      { 'x.b.example.': 'x.b.example. 60 A 192.0.2.1' },
      'X.A.Example A',
      'NOERROR\nX.A.Example. 60 IN CNAME X.b.Example.\nX.b.Example. 60 IN A 192.0.2.1',
      'x.a.example. x.b.example.',
    ],
  ])('%s', async (_, world, question, text, asked) => {
    const found = await search(world, question, undefined, waits)
    expect([found.text.toLowerCase(), found.asked]).toEqual([text.toLowerCase(), asked])
  })
})

test('what acl blocks ends the search', async () => {
  const asked: string[] = []
  const stub = answerFrom({ 'x.com.': 'x.com. 60 A 192.0.2.1' }, asked)
  const files = { 'resolv.conf': RESOLV }
  const { answer } = await rig('. {\nautopath resolv.conf\nacl b.example {\nblock\n}\nstub\n}', { files, stub })
  expect(await answer('x.a.example A')).toMatchObject({ rcode: 'REFUSED' })
  expect(asked).toEqual(['x.a.example.'])
})

test('names that would be too long are left out', async () => {
  const asked: string[] = []
  const files = { 'resolv.conf': 'search a.b a-longer-one.example c.d' }
  const { answer } = await rig('. {\nautopath resolv.conf\nstub\n}', { files, stub: answerFrom({}, asked) })
  const base = `${'l'.repeat(63)}.`.repeat(3) + 'm'.repeat(53)
  await answer(`${base}.a.b A`)
  expect(asked.map((name) => name.slice(base.length))).toEqual(['.a.b.', '.c.d.', '.'])
})

describe('the zones', () => {
  test.each([
    ['autopath a.example resolv.conf', 2],
    ['autopath other.example resolv.conf', 1],
    ['autopath other.example resolv.conf\nautopath a.example resolv.conf', 2],
    ['autopath 10.0.0.0/8 resolv.conf', 1],
  ])('%j', async (directive, count) => {
    const { asked } = await search({ 'x.b.example.': '' }, 'x.a.example A', directive)
    expect(asked.split(' ').length).toBe(count)
  })
})

describe('a search path from a plugin', () => {
  test('is used', async () => {
    const { text } = await search(
      { 'x.': 'x. 9 A 192.0.2.1' },
      'x.a.example.org A',
      'autopath @erratic\nerratic {\ndrop 0\n}',
    )
    // erratic stands before the stub, and answers the first query itself.
    expect(text).toBe('NOERROR\nx.a.example.org. 0 IN A 192.0.2.53')
  })

  test('that is not there is warned of', async () => {
    const { instance, answer } = await rig('. {\nautopath @kubernetes\ntemplate ANY ANY {\nrcode NXDOMAIN\n}\n}')
    expect(instance.warnings).toEqual([
      'Corefile:2:10: autopath: no plugin of this server block has search paths, got "@kubernetes"',
    ])
    expect((await answer('x.a.example A')).rcode).toBe('NXDOMAIN')
  })
})

describe('files', () => {
  test.each([
    ['domain a.example\n', 'x.a.example. x.'],
    ['search a.example\nsearch b.example\n', 'x.a.example.'],
    ['# search a.example\n', 'x.a.example.'],
    ['', 'x.a.example.'],
  ])('%j', async (content, names) => {
    const asked: string[] = []
    const { answer } = await rig('. {\nroot /etc\nautopath resolv.conf\nstub\n}', {
      files: { '/etc/resolv.conf': content },
      stub: answerFrom({}, asked),
    })
    await answer('x.a.example A')
    expect(asked.join(' ')).toBe(names)
  })

  test.each([
    ['autopath', {}, 'Corefile:2:1: autopath: resolv.conf is missing (autopath [ZONES…] RESOLV.CONF)'],
    ['autopath ""', {}, 'autopath: resolv.conf must be the name of a file'],
    ['autopath kubernetes', {}, 'Corefile:2:10: autopath: cannot read kubernetes: no such file, got "kubernetes"'],
    ['autopath r', { r: 'search a..b' }, 'Corefile:2:10: autopath: empty label in name "a..b", got "r"'],
  ])('%j is wrong', async (directive, files, message) => {
    expect(await faults(`. {\n${directive}\nwhoami\n}`, { files })).toContain(message)
  })
})
