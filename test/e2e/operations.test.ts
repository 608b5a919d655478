import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { lint, type ReadFamily, readMetrics, sampleValue } from '../metrics/prometheustext.ts'
import { folderWith, startWorkerIn } from './miniflare.ts'
import { Load, until } from './steadyload.ts'
import { freePort, startCoredge } from './transports.ts'

/** A process as those who run it see it: probes, metrics, signals. */
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

async function site(corefile: (port: number, http: number) => string) {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-operations-'))
  folders.push(folder)
  const [port, http] = [await freePort(), await freePort()]
  const write = (text: string): void => writeFileSync(join(folder, 'Corefile'), text)
  write(corefile(port, http))
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${http}${path}`, { headers: { connection: 'close' } })
    return `${response.status} ${await response.text()}`
  }
  const scrape = async (): Promise<Map<string, ReadFamily>> => {
    const page = await get('/metrics')
    expect(page.slice(0, 4)).toBe('200 ')
    return readMetrics(page.slice(4))
  }
  return { port, http, server, write, get, scrape }
}

const block = (port: number, http: number, more = ''): string => `
.:${port} {
    bind 127.0.0.1
    health 127.0.0.1:${http} {
        lameduck 2s
    }
    ready 127.0.0.1:${http}
    prometheus 127.0.0.1:${http}
    whoami
    ${more}
}
`

it('SIGTERM with lameduck: serves on, healthy and not ready, and loses no query', { timeout: 40_000 }, async () => {
  const { port, server, get } = await site(block)
  expect(await get('/ready')).toBe('200 OK')
  const load = await Load.start(port)
  await until(() => load.answers.length > 200)
  const told = Date.now()
  const ended = new Promise((resolve) => server.child.once('exit', resolve))
  server.child.kill('SIGTERM')
  await until(() => /Going into lameduck mode for 2s/.test(server.output()))
  expect(await get('/health')).toBe('200 OK')
  expect(await get('/ready')).toBe('503 Shutting down')
  // Clients go elsewhere while it lasts.
  const before = load.answers.length
  await until(() => load.answers.length > before + 200 && Date.now() - told > 500)
  await load.end()
  expect(load.lost).toBe(0)
  expect(await ended).toBe(0)
  expect(Date.now() - told).toBeGreaterThan(1900)
})

it('a second signal ends it at once', { timeout: 40_000 }, async () => {
  const { server } = await site((port, http) => block(port, http).replace('2s', '1h'))
  server.child.kill('SIGTERM')
  await until(() => /lameduck/.test(server.output()))
  const ended = new Promise((resolve) => server.child.once('exit', resolve))
  server.child.kill('SIGTERM')
  expect(await ended).toBe(1)
})

it('metrics count the queries of a load, and go on over a reload', { timeout: 40_000 }, async () => {
  const { port, http, server, write, scrape } = await site((port, http) => block(port, http, 'reload 2s 0s'))
  const version = async (): Promise<readonly string[]> => {
    const samples = (await scrape()).get('coredns_reload_version_info')!.samples
    return samples.map(({ labels }) => labels.get('value')!)
  }
  const [first] = await version()
  expect(first).toMatch(/^[0-9a-f]{128}$/)
  const load = await Load.start(port)
  await until(() => load.answers.length > 100)
  write(block(port, http, 'reload 2s 0s\n    any'))
  server.child.kill('SIGUSR1')
  await until(() => /reload: complete/.test(server.output()))
  const now = await version()
  expect(now).toHaveLength(1)
  expect(now).not.toEqual([first])
  write('. {\n    nonsense\n}\n')
  server.child.kill('SIGUSR1')
  await until(() => /reload: failed/.test(server.output()))
  await load.end()
  expect(load.lost).toBe(0)
  const families = await scrape()
  expect(lint(families)).toEqual([])
  const labels = { server: `dns://127.0.0.1:${port}`, zone: '.', type: 'A', proto: 'udp', family: '1' }
  expect(sampleValue(families, 'coredns_dns_requests_total', labels)).toBe(load.answers.length)
  expect(sampleValue(families, 'coredns_dns_responses_total', { plugin: 'whoami', rcode: 'NOERROR' })).toBe(
    load.answers.length,
  )
  expect(sampleValue(families, 'coredns_reload_failed_total')).toBe(1)
  expect(sampleValue(families, 'process_resident_memory_bytes')).toBeGreaterThan(1e7)
  expect(await server.stop()).toBe(0)
})

it('at the edge health, ready and metrics are beside DNS', { timeout: 60_000 }, async () => {
  const folder = folderWith({ Corefile: '. {\n    health :8080\n    ready\n    prometheus\n    whoami\n}\n' })
  folders.push(folder)
  const worker = await startWorkerIn(folder)
  try {
    const get = async (path: string): Promise<string> => (await fetch(`${worker.url}${path}`)).text()
    expect(await get('/resolve?name=example.org')).toContain('"Status":0')
    expect([await get('/health'), await get('/ready')]).toEqual(['OK', 'OK'])
    const families = readMetrics(await get('/metrics'))
    expect(lint(families)).toEqual([])
    expect(families.get('coredns_build_info')!.samples[0].labels.get('goversion')).toBe('Cloudflare-Workers')
    const labels = { server: 'https://:443', zone: '.', proto: 'tcp', type: 'A' }
    expect(sampleValue(families, 'coredns_dns_requests_total', labels)).toBe(1)
  } finally {
    await worker.close()
  }
})
