import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Rig, rig } from '../plugins/rig.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { checkForwarded, forwardFacts } from './forwardfacts.ts'
import { type NameServer, nameServer, SERVERS } from './nameservers.ts'
import { hasTool, run } from './tools.ts'
import { freePort, startCoredge } from './transports.ts'

/** forward with the name servers of others, over every transport that they speak. */
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const ways = ['udp', 'tcp', 'tls', 'https', 'https GET'] as const

function corefile(server: NameServer, way: (typeof ways)[number]): string {
  const address = way === 'tls' ? server.tls : way.startsWith('https') ? server.https : server.dns
  const properties = [
    ...(way === 'tcp' ? ['force_tcp'] : []),
    ...(way === 'https GET' ? ['doh_method GET'] : []),
    ...(address === server.dns ? [] : [`tls ${server.ca}`]),
  ]
  return `. {\n forward . ${address} {\n ${properties.join('\n ')}\n }\n}`
}

/** The real files, for `tls`. */
function forwarder(text: string): Promise<Rig> {
  return rig(text, { runtime: new NetRuntime({ otherwise: (path) => readFileSync(path, 'utf8') }) })
}

describe.each(SERVERS)('%s', (kind) => {
  const isThere = hasTool(kind) && hasTool('dig')
  let server: NameServer
  beforeAll(async () => {
    if (isThere) server = await nameServer(kind)
  })
  afterAll(() => server?.close())

  // Knot speaks neither TLS nor HTTPS in the version that Debian has.
  const speaks = kind === 'knotd' ? ways.slice(0, 2) : ways
  describe.runIf(isThere).each(speaks)('over %s', (way) => {
    it.each(forwardFacts)('$ask $how', async (fact) => {
      const forward = await forwarder(corefile(server, way))
      checkForwarded(fact, await forward.answer(fact.ask, fact.how))
    })

    it('finds it by a name that it looks up there', async () => {
      const { host, port } = new URL(`dns://${server.dns}`)
      const forward = await forwarder(`. {\n forward . here.example.org:${port} {\n resolver ${host}\n }\n}`)
      expect((await forward.answer('www.example.org')).answer).toEqual(['www.example.org. 300 IN A 192.0.2.1'])
    })

    it('200 queries at once', async () => {
      const forward = await forwarder(corefile(server, way))
      const names = Array.from({ length: 200 }, (_, i) => `n${i}.wild.example.org`)
      const replies = await Promise.all(names.map((name) => forward.answer(name)))
      expect(replies.flatMap(({ answer }) => answer)).toEqual(names.map((name) => `${name}. 300 IN A 192.0.2.9`))
    })
  })
})

describe.runIf(hasTool('unbound') && hasTool('dig'))('from the command line', () => {
  const at = (port: number, ...lines: string[]): string => `.:${port} {\n bind 127.0.0.1\n ${lines.join('\n ')}\n}\n`

  async function serverWith(blocks: (ports: readonly number[]) => string, count: number): Promise<readonly number[]> {
    const folder = mkdtempSync(join(tmpdir(), 'coredge-forward-'))
    const ports: number[] = []
    for (let i = 0; i < count; i++) ports.push(await freePort())
    writeFileSync(join(folder, 'Corefile'), blocks(ports))
    const server = await startCoredge(['-conf', 'Corefile'], ports[0], { cwd: folder })
    onTestFinished(async () => {
      await server.stop()
      rmSync(folder, { recursive: true })
    })
    return ports
  }
  const dig = (port: number, ...args: readonly string[]): Promise<string> =>
    run('dig', ['@127.0.0.1', '-p', String(port), '+time=5', '+tries=1', ...args])

  it('dig gets the same over every transport', async () => {
    const server = await nameServer('unbound')
    onTestFinished(() => server.close())
    const tls = `tls ${server.ca}`
    const ports = await serverWith(
      ([udp, tcp, dot, doh]) =>
        at(udp, `forward . ${server.dns}`) +
        at(tcp, `forward . ${server.dns} {`, 'force_tcp', '}') +
        at(dot, `forward . ${server.tls} {`, tls, '}') +
        at(doh, `forward . ${server.https} {`, tls, '}'),
      4,
    )
    for (const port of ports) {
      expect(await dig(port, '+short', 'alias.example.org')).toBe('www.example.org.\n192.0.2.1\n')
      expect(await dig(port, 'nothing.example.org')).toMatch(/status: NXDOMAIN.*AUTHORITY: 1/s)
      // Cut over UDP, and fetched by dig over TCP.
      expect((await dig(port, '+short', 'big.example.org', 'TXT')).trim().split('\n')).toHaveLength(15)
    }
  })

  it('what has expired is served while the upstream is gone (RFC 8767)', async () => {
    const server = await nameServer('unbound')
    onTestFinished(() => server.close())
    const [port] = await serverWith(
      ([port]) => at(port, 'cache 1 {', 'serve_stale 1h', '}', `forward . ${server.dns}`),
      1,
    )
    expect(await dig(port, '+short', 'www.example.org')).toBe('192.0.2.1\n')
    await server.kill()
    await sleep(1200)
    const start = performance.now()
    expect(await dig(port, 'www.example.org')).toMatch(/status: NOERROR.*EDE: 3 .*192\.0\.2\.1/s)
    expect(performance.now() - start).toBeLessThan(5000)
    expect(await dig(port, 'mail.example.org')).toMatch(/status: SERVFAIL.*EDE: 2[23] /s)
  })
})

/** What became of the queries of one client. */
interface Trial {
  readonly name: string
  readonly forward: Rig
  readonly ends: string[]
  slowest: number
}

const OUTAGES: readonly [what: string, begin: (server: NameServer) => unknown, end: (server: NameServer) => unknown][] =
  [
    ['killed', (server) => server.kill(), (server) => server.start()],
    ['stopped', (server) => process.kill(server.pid(), 'SIGSTOP'), (server) => process.kill(server.pid(), 'SIGCONT')],
  ]

describe.runIf(hasTool('unbound') && hasTool('knotd') && hasTool('dig'))('an upstream that is', () => {
  let count = 0
  const trial = async (name: string, text: string): Promise<Trial> => ({
    name,
    forward: await forwarder(text),
    ends: [],
    slowest: 0,
  })

  async function ask(trial: Trial): Promise<string> {
    const start = performance.now()
    const { rcode, errors } = await trial.forward.answer(`n${count++}.wild.example.org`, { do: true })
    const end = [rcode, errors[0]?.split(' ', 1)[0]].filter(Boolean).join(' ')
    trial.ends.push(end)
    trial.slowest = Math.max(trial.slowest, performance.now() - start)
    return end
  }

  async function askFor(trials: readonly Trial[], ms: number): Promise<Promise<string>[]> {
    const asked: Promise<string>[] = []
    for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) asked.push(...trials.map(ask))
    return asked
  }

  /** Milliseconds until a query is answered, asking on and on. */
  async function recovery(trial: Trial): Promise<number> {
    const start = performance.now()
    return new Promise((resolve) => {
      const timer = setInterval(async () => {
        if ((await ask(trial)) !== 'NOERROR') return
        clearInterval(timer)
        resolve(performance.now() - start)
      }, 50)
    })
  }

  it.each(OUTAGES)('%s leaves nobody without an answer, and its return is noticed', async (what, begin, end) => {
    const server = await nameServer('unbound')
    onTestFinished(() => server.close())
    const trials = await Promise.all(ways.slice(0, 4).map((way) => trial(way, corefile(server, way))))
    for (const one of trials) expect(await ask(one)).toBe('NOERROR')
    await begin(server)
    const asked = await askFor(trials, 6000)
    await end(server)
    const recoveries = await Promise.all(trials.map(recovery))
    await Promise.all(asked)
    for (const [i, { name, ends, slowest }] of trials.entries()) {
      const when = `${what}, over ${name}`
      // 22: nobody answers; 23: the network says so.
      expect(
        ends.filter((one) => !['NOERROR', 'SERVFAIL 22', 'SERVFAIL 23'].includes(one)),
        when,
      ).toEqual([])
      expect(ends.filter((one) => one.startsWith('SERVFAIL')).length, when).toBeGreaterThan(20)
      expect(slowest, when).toBeLessThan(5000)
      expect(recoveries[i], when).toBeLessThan(2000)
    }
  })

  it.each(OUTAGES)('%s is not missed where there is another', async (what, begin, end) => {
    const [server, other] = await Promise.all([nameServer('unbound'), nameServer('knotd')])
    onTestFinished(async () => {
      await Promise.all([server.close(), other.close()])
    })
    const lines = `${server.dns} ${other.dns}`
    const trials = await Promise.all([
      trial('random', `. {\n forward . ${lines}\n}`),
      trial('sequential', `. {\n forward . ${lines} {\n policy sequential\n }\n}`),
      trial('TLS first', `. {\n forward . ${server.tls} ${other.dns} {\n policy sequential\n tls ${server.ca}\n }\n}`),
      trial(
        'HTTPS first',
        `. {\n forward . ${server.https} ${other.dns} {\n policy sequential\n tls ${server.ca}\n }\n}`,
      ),
    ])
    for (const one of trials) expect(await ask(one)).toBe('NOERROR')
    await begin(server)
    const asked = await askFor(trials, 4000)
    // Once it is known to be down nobody waits for it.
    const settled = performance.now()
    await Promise.all(trials.map(ask))
    expect(performance.now() - settled, what).toBeLessThan(500)
    await end(server)
    await Promise.all(asked)
    for (const { name, ends, slowest } of trials) {
      expect(new Set(ends), `${what}, ${name}`).toEqual(new Set(['NOERROR']))
      expect(slowest, `${what}, ${name}`).toBeLessThan(5000)
    }
  })
})
