import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { RCODE } from '../../src/dns/constants.ts'
import { nameText, parseName } from '../../src/dns/name.ts'
import { Loop } from '../../src/plugins/loop/loop.ts'
import { type Peer, Query } from '../../src/query.ts'
import { DROPPED, type Reply } from '../../src/reply.ts'
import { freePort } from '../e2e/transports.ts'
import { faults, rig } from './rig.ts'

const PATIENCE = { probes: 60, pause: 5, echo: 150 }
const CLIENT: Peer = { transport: 'udp', address: '192.0.2.7', port: 4711, localAddress: '2001:db8::1', localPort: 53 }

/** A started plugin in a chain of its own, the probes that come out of it, and what it found. */
function started(zone: string, answer: (query: Query) => Reply | Promise<Reply>) {
  const probes: Query[] = []
  const found: string[] = []
  const chain = (query: Query): Reply | Promise<Reply> =>
    loop.serve(query, (passed) => {
      probes.push(passed)
      return answer(passed)
    })
  const loop: Loop = new Loop(parseName(zone), chain, (reason) => found.push(reason), PATIENCE)
  loop.start()
  onTestFinished(() => loop.stop())
  const fromOutside = (probe: Query): Query =>
    new Query(probe.name, probe.type, probe.class, 9, probe.flags, undefined, CLIENT, probe.size)
  return { loop, chain, probes, found, fromOutside }
}

const refused = (query: Query): Reply => query.reply({ rcode: RCODE.REFUSED })
const failed = (query: Query): Reply => query.reply({ rcode: RCODE.SERVFAIL })

describe('the probe', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('is a name in the zone that nobody knows', async () => {
    const { probes } = started('example.org.', refused)
    await vi.advanceTimersByTimeAsync(0)
    expect(probes.length).toBe(1)
    expect(nameText(probes[0].name)).toMatch(/^\d+\.\d+\.example\.org\.$/)
    expect(probes[0].type).toBe(13)
  })

  test('that comes back is a loop', async () => {
    const { chain, probes, found, fromOutside } = started('.', refused)
    await vi.advanceTimersByTimeAsync(0)
    expect(probes.length).toBe(1)
    const reply = await chain(fromOutside(probes[0]))
    expect(reply.rcode).toBe(RCODE.SERVFAIL)
    expect(found).toEqual([
      `loop: forwarding loop (192.0.2.7:4711 -> [2001:db8::1]:53) detected for zone ".": query "HINFO ${nameText(probes[0].name)}"`,
    ])
    await chain(fromOutside(probes[0]))
    expect(found.length).toBe(1)
  })

  test('is sent again until there is an answer', async () => {
    const { probes } = started('.', (query) => (probes.length < 3 ? failed(query) : refused(query)))
    await vi.advanceTimersByTimeAsync(50)
    expect(probes.length).toBe(3)
    expect(new Set(probes.map((probe) => nameText(probe.name))).size).toBe(1)
  })

  test.each<[string, (query: Query) => Reply]>([
    ['failures', failed],
    ['no answer', () => DROPPED],
  ])('is given up after a while of %s', async (_, answer) => {
    const { probes } = started('.', answer)
    await vi.advanceTimersByTimeAsync(150)
    expect(probes.length).toBeGreaterThan(2)
    expect(probes.length).toBeLessThan(7)
  })

  test('means nothing once time is up', async () => {
    const { chain, probes, found, fromOutside } = started('.', refused)
    await vi.advanceTimersByTimeAsync(250)
    expect((await chain(fromOutside(probes[0]))).rcode).toBe(RCODE.REFUSED)
    expect(found).toEqual([])
  })

  test('of which others know no part stays unanswered by it', async () => {
    const { answer } = await rig('. {\nloop\nstub\n}', { stub: refused })
    expect((await answer('1.2 HINFO')).rcode).toBe('REFUSED')
    expect((await answer('1.2 A')).rcode).toBe('REFUSED')
  })
})

test('a server that is its own upstream says so', async () => {
  const seen: string[] = []
  const { ask, runtime } = await rig('example.org {\nloop\nstub\n}', {
    stub: async (query) => {
      seen.push(nameText(query.name))
      // The query goes out, and comes in again.
      const reply = await ask(`${nameText(query.name)} HINFO`)
      return query.reply({ rcode: reply!.message.rcode })
    },
  })
  await vi.waitFor(() => expect(runtime.logged.length).toBe(1))
  expect(runtime.logged[0]).toMatch(
    /^\[ERROR\] loop: forwarding loop \(192\.0\.2\.7:4711 -> 127\.0\.0\.1:1053\) detected/,
  )
  expect(seen.length).toBe(1)
})

test.each([
  ['loop argument', 'Corefile:2:6: loop: takes no arguments, got "argument"'],
  ['loop\nloop', 'Corefile:3:1: loop: may stand only once in a server block'],
])('%j is wrong', async (directive, message) => {
  expect(await faults(`. {\n${directive}\nwhoami\n}`)).toContain(message)
})

test('at the edge it has no effect', async () => {
  const { instance } = await rig('. {\nloop\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings.join()).toContain('loop: has no effect here')
})

test('the server ends, and says why', { timeout: 30_000 }, async () => {
  const port = await freePort()
  const corefile = `.:${port} {\nbind 127.0.0.1\nloop\ncache\nforward . 127.0.0.1:${port}\n}\n`
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/node.ts'), '-conf', 'stdin'])
  onTestFinished(() => void child.kill('SIGKILL'))
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  child.stdin.end(corefile)
  const [code] = await once(child, 'close')
  expect(errors).toMatch(
    /^\[ERROR\] loop: forwarding loop \(127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+\) detected for zone "\."/m,
  )
  expect(code).toBe(1)
})
