import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseRecords } from '../../src/dns/presentation.ts'
import type { ReplyParts } from '../../src/reply.ts'
import { faults, type Rig, rig } from './rig.ts'

afterEach(() => void vi.restoreAllMocks())

const zone = (...lines: string[]) =>
  parseRecords(lines.map((line) => line.replace(' ', '.example.org. 60 IN ')).join('\n'))
const WWW = zone('www A 192.0.2.1', 'www A 192.0.2.2', 'www A 192.0.2.3')
const ALIAS = parseRecords('alias.example.org. 60 IN CNAME www.example.org.')
const last = (record: string): string => record.split(' ').at(-1)!

const serve = (directive: string, parts: ReplyParts, files = {}): Promise<Rig> =>
  rig(`. {\n${directive}\nstub\n}`, { files, stub: (query) => query.reply(parts) })

/** How often each address came first in so many replies. */
async function firsts({ answer }: Rig, question: string, count: number): Promise<Record<string, number>> {
  const seen: Record<string, number> = {}
  for (let i = 0; i < count; i++) {
    const first = last((await answer(question)).answer[0])
    seen[first] = (seen[first] ?? 0) + 1
  }
  return seen
}

describe('round_robin', () => {
  test.each(['loadbalance', 'loadbalance round_robin'])('%s makes every address first alike', async (directive) => {
    const seen = await firsts(await serve(directive, { answer: WWW }), 'www.example.org A', 600)
    expect(Object.keys(seen).sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
  })

  test('keeps every record, and the sets that others share', async () => {
    const { answer } = await serve('loadbalance', { answer: WWW, additional: zone('mx AAAA ::1', 'mx AAAA ::2') })
    for (let i = 0; i < 20; i++) {
      const reply = await answer('www.example.org A')
      expect([...reply.answer].sort().map(last)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
      expect([...reply.additional].sort().map(last)).toEqual(['::1', '::2'])
    }
    expect(WWW[0].rdata().map((rdata) => rdata[3])).toEqual([1, 2, 3])
  })

  test('puts aliases before addresses', async () => {
    const { answer } = await serve('loadbalance', { answer: [...WWW, ...ALIAS] })
    expect((await answer('alias.example.org A')).answer[0]).toBe('alias.example.org. 60 IN CNAME www.example.org.')
  })

  test.each<[string, ReplyParts]>([
    ['www.example.org A', { rcode: 3, answer: WWW }],
    ['www.example.org TXT', { answer: zone('www TXT a', 'www TXT b', 'www TXT c') }],
  ])('leaves %s %j alone', async (question, parts) => {
    const { answer } = await serve('loadbalance', parts)
    const first = (await answer(question)).answer
    for (let i = 0; i < 20; i++) expect((await answer(question)).answer).toEqual(first)
  })
})

describe('weighted', () => {
  const file = '# weights\n\nother.example.org\n192.0.2.1 9\nWWW.example.org\n192.0.2.1 4\n192.0.2.3 5\n'
  const weighted = 'loadbalance weighted weights'

  test('weighs the chance to be first; those without a weight count 1', async () => {
    const seen = await firsts(await serve(weighted, { answer: WWW }, { weights: file }), 'www.example.org A', 1000)
    expect(seen['192.0.2.1']).toBeGreaterThan(300)
    expect(seen['192.0.2.2']).toBeGreaterThan(50)
    expect(seen['192.0.2.2']).toBeLessThan(200)
    expect(seen['192.0.2.3']).toBeGreaterThan(400)
  })

  test('swaps the chosen address with the first', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.99)
    const { answer } = await serve(weighted, { answer: WWW }, { weights: file })
    expect((await answer('www.example.org A')).answer.map(last)).toEqual(['192.0.2.3', '192.0.2.2', '192.0.2.1'])
    expect((await answer('www.example.org ANY')).answer.map(last)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  })

  test('reads the file again when it changes; a wrong one changes nothing', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const { answer, runtime, instance } = await serve(`${weighted} {\nreload 10s\n}`, { answer: WWW })
    expect(instance.warnings).toEqual(['Corefile:2:1: loadbalance: cannot read weights: no such file'])
    expect(runtime.watches[0].interval).toBe(10_000)
    await runtime.change('weights', 'www.example.org\n192.0.2.3 255')
    expect(last((await answer('www.example.org A')).answer[0])).toBe('192.0.2.3')
    await runtime.change('weights', 'www.example.org\n192.0.2.3 256')
    expect(runtime.logged).toEqual([
      '[WARNING] plugin/loadbalance: weights:2: weight must be 1 to 255, got "256"; what was read before stays in use',
    ])
    expect(last((await answer('www.example.org A')).answer[0])).toBe('192.0.2.3')
  })

  test.each([
    ['www.example.org\n192.0.2.1', 'weights:2: weight is missing, got "192.0.2.1"'],
    ['192.0.2.1 1', 'weights:1: a name must come first, got "192.0.2.1"'],
    ['www.example.org\n192.0.2 1', 'weights:2: must be an address, got "192.0.2"'],
    ['www.example.org\n192.0.2.1 0', 'weights:2: weight must be 1 to 255, got "0"'],
    ['www.example.org\n192.0.2.1 1 1', 'weights:2: must be a name, or an address and its weight'],
    ['a..b', 'weights:1: empty label in name "a..b"'],
  ])('a file with %j is refused', async (content, message) => {
    expect(await faults(`. {\n${weighted}\n}`, { files: { weights: content } })).toContain(message)
  })

  test('with reload 0s the file must be there', async () => {
    expect(await faults(`. {\n${weighted} {\nreload 0s\n}\n}`)).toContain('cannot read weights: no such file')
  })
})

test('prefer puts networks in their order, whatever chance says', async () => {
  const answer = zone('www A 10.9.30.1', 'www A 192.168.1.2', 'www A 172.16.0.1', 'www A 10.9.20.3', 'www A 10.9.20.5')
  const prefer = 'loadbalance round_robin {\nprefer 10.9.20.0/24\nprefer 192.168.1.0/24 10.0.0.0/8\n}'
  const { answer: ask } = await serve(prefer, { answer })
  for (let i = 0; i < 20; i++) {
    const order = (await ask('www.example.org A')).answer.map(last)
    expect(order.slice(0, 2).sort()).toEqual(['10.9.20.3', '10.9.20.5'])
    expect(order.slice(2)).toEqual(['192.168.1.2', '10.9.30.1', '172.16.0.1'])
  }
})

test.each([
  ['loadbalance fleeb', '2:13: loadbalance: policy must be round_robin or weighted, got "fleeb"'],
  ['loadbalance round_robin a', '2:25: loadbalance: round_robin takes no file, got "a"'],
  ['loadbalance weighted', '2:1: loadbalance: weightfile is missing'],
  ['loadbalance {\nreload 1s\n}', '3:1: loadbalance: reload is for weighted only'],
  ['loadbalance {\nprefer 10.0.0.1\n}', '3:8: loadbalance: prefer: network must be a network'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})
