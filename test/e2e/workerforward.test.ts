import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Answer, type AskOptions, answerOf, queryOf } from '../../src/library/answer.ts'
import { OVER_TCP } from '../upstream/misbehaviour.ts'
import { scripted } from '../upstream/scripted.ts'
import { checkForwarded, forwardFacts } from './forwardfacts.ts'
import { folderWith, type RunningWorker, startWorkerIn } from './miniflare.ts'
import { type NameServer, nameServer } from './nameservers.ts'
import { hasTool } from './tools.ts'

/** forward in a Worker: TCP and TLS by connect(), HTTPS by fetch, to the name servers of others. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** A Worker's clients come over HTTPS, where nothing is cut. */
const facts = forwardFacts.filter(({ flags }) => flags === undefined)

async function ask({ url }: RunningWorker, question: string, how: AskOptions = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/dns-message' }
  const body = queryOf(question, how) as BodyInit
  const response = await fetch(`${url}/dns-query`, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  return answerOf(new Uint8Array(await response.arrayBuffer()))
}

const WAYS = ['TCP', 'TLS', 'HTTPS', 'HTTPS GET'] as const

function upstream({ dns, tls, https }: NameServer, way: (typeof WAYS)[number]): string {
  if (way === 'TCP') return `forward . ${dns}`
  if (way === 'TLS') return `forward . ${tls}`
  return `forward . ${https} {\n doh_method ${way === 'HTTPS' ? 'POST' : 'GET'}\n }`
}

async function workerWith(forward: string): Promise<RunningWorker & { folder: string }> {
  const folder = folderWith({ Corefile: `. {\n ${forward}\n}\n` })
  const worker = await startWorkerIn(folder)
  const close = async (): Promise<void> => {
    await worker.close()
    rmSync(folder, { recursive: true })
  }
  return { url: worker.url, logged: worker.logged, folder, close }
}

describe.runIf(hasTool('unbound') && hasTool('dig'))('a Worker', () => {
  let unbound: NameServer
  let coredge: NameServer
  let authorities: string
  beforeAll(async () => {
    ;[unbound, coredge] = await Promise.all([nameServer('unbound'), nameServer('coredge')])
    // workerd trusts these besides the public authorities; miniflare reads the name when it is loaded.
    authorities = mkdtempSync(join(tmpdir(), 'coredge-ca-'))
    const file = join(authorities, 'ca.pem')
    writeFileSync(file, [unbound, coredge].map(({ ca }) => readFileSync(ca, 'utf8')).join('\n'))
    vi.stubEnv('NODE_EXTRA_CA_CERTS', file)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await Promise.all([unbound?.close(), coredge?.close()])
    rmSync(authorities, { recursive: true })
  })

  // workerd speaks HTTP/1.1, and of these servers coredge alone does.
  const asked = ['TCP, unbound', 'TLS, unbound', 'HTTPS, coredge', 'HTTPS GET, coredge'] as const
  describe.each(asked)('asks over %s', (what) => {
    const [way, kind] = what.split(', ') as [(typeof WAYS)[number], string]
    let worker: Awaited<ReturnType<typeof workerWith>>
    beforeAll(async () => {
      worker = await workerWith(upstream(kind === 'unbound' ? unbound : coredge, way))
    })
    afterAll(() => worker?.close())

    it.each(facts)('$ask', async (fact) => {
      checkForwarded(fact, await ask(worker, fact.ask, fact.how))
    })

    it('100 queries at once', async () => {
      const names = Array.from({ length: 100 }, (_, i) => `n${i}.wild.example.org`)
      const replies = await Promise.all(names.map((name) => ask(worker, name)))
      expect(replies.flatMap(({ answer }) => answer)).toEqual(names.map((name) => `${name}. 300 IN A 192.0.2.9`))
    })
  })

  it.each(WAYS.slice(0, 3))('leaves no client without an answer, and notices the return: %s', async (way) => {
    const server = way === 'HTTPS' ? coredge : unbound
    const worker = await workerWith(upstream(server, way))
    onTestFinished(() => worker.close())
    let count = 0
    const query = async (): Promise<[string, number]> => {
      const start = performance.now()
      const { rcode, errors } = await ask(worker, `n${count++}.wild.example.org`, { do: true })
      return [[rcode, errors[0]?.slice(0, 2)].filter(Boolean).join(' '), performance.now() - start]
    }
    expect((await query())[0]).toBe('NOERROR')
    process.kill(server.pid(), 'SIGSTOP')
    const asked: Promise<[string, number]>[] = []
    for (const end = Date.now() + 5000; Date.now() < end; await sleep(100)) asked.push(query())
    process.kill(server.pid(), 'SIGCONT')
    const since = performance.now()
    while ((await query())[0] !== 'NOERROR') await sleep(50)
    expect(performance.now() - since).toBeLessThan(2000)
    const ends = await Promise.all(asked)
    expect(ends.filter(([end]) => end === 'SERVFAIL 22').length).toBeGreaterThan(0)
    for (const [end, took] of ends) {
      expect(['NOERROR', 'SERVFAIL 22', 'SERVFAIL 23']).toContain(end)
      expect(took).toBeLessThan(5000)
    }
  })

  it.each([
    ['looked up as the platform does', (port: number) => `forward . localhost:${port}`],
    [
      'looked up with resolver',
      (port: number) => `forward . here.example.org:${port} {\n resolver 127.0.0.1:${port}\n }`,
    ],
  ])('finds upstreams by names: %s', async (_, forward) => {
    const worker = await workerWith(forward(unbound.port))
    onTestFinished(() => worker.close())
    for (let i = 0; i < 3; i++)
      expect((await ask(worker, 'www.example.org')).answer).toEqual(['www.example.org. 300 IN A 192.0.2.1'])
  })

  it('survives upstreams that misbehave', async () => {
    const server = await scripted((asked) => OVER_TCP[Number(/^c(\d+)\./.exec(asked.name)![1])][1](asked))
    const worker = await workerWith(`forward . ${server.address}`)
    onTestFinished(() => worker.close())
    const found = await Promise.all(
      OVER_TCP.map(async ([what], i) => {
        const start = performance.now()
        const { rcode, answer, errors } = await ask(worker, `c${i}.example.org`, { do: true })
        if (performance.now() - start > 5000) return [what, 'too late']
        return [what, answer.join() || `${rcode} ${errors[0]?.slice(0, 2)}`]
      }),
    )
    expect(found).toEqual(OVER_TCP.map(([what, , alone]) => [what, alone]))
  })

  it.each(['TLS', 'HTTPS'] as const)('believes no certificate that it does not know: %s', async (way) => {
    const server = await nameServer(way === 'HTTPS' ? 'coredge' : 'unbound')
    onTestFinished(() => server.close())
    const worker = await workerWith(upstream(server, way))
    onTestFinished(() => worker.close())
    expect(await ask(worker, 'www.example.org', { do: true })).toMatchObject({ rcode: 'SERVFAIL', answer: [] })
  })

  it('asks the other upstream where one is gone, and soon without waiting', async () => {
    const gone = await nameServer('unbound')
    onTestFinished(() => gone.close())
    const worker = await workerWith(`forward . ${gone.dns} ${coredge.https} {\n policy sequential\n }`)
    onTestFinished(() => worker.close())
    process.kill(gone.pid(), 'SIGSTOP')
    const took: number[] = []
    for (let i = 0; i < 4; i++) {
      const start = performance.now()
      expect((await ask(worker, `n${i}.wild.example.org`)).rcode).toBe('NOERROR')
      took.push(performance.now() - start)
    }
    expect(Math.max(...took)).toBeLessThan(5000)
    expect(took[3]).toBeLessThan(1000)
  })
})
