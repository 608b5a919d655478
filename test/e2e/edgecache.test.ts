import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type Script, scripted } from '../upstream/scripted.ts'
import { folderWith, type RunningWorker, startWorkerIn } from './miniflare.ts'

/** A Worker's second tier: what one isolate kept in the platform's Cache API, the next answers from. */
vi.setConfig({ testTimeout: 60_000 })

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface JsonAnswer {
  readonly Status: number
  readonly Answer?: readonly { readonly TTL: number; readonly data: string }[]
  readonly Authority?: readonly { readonly TTL: number }[]
  readonly AD?: boolean
}

const SOA = 'example.org. 600 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 60'

const says: Script = ({ name, reply }) => {
  switch (name) {
    case 'absent.example.org.':
      return reply([], { rcode: 3, authority: [SOA] })
    case 'short.example.org.':
      return reply([`${name} 20 IN A 192.0.2.1`])
    case 'broken.example.org.':
      return reply([], { rcode: 2 })
    default:
      return reply([`${name} 300 IN A 192.0.2.1`])
  }
}

async function ask({ url }: RunningWorker, name: string): Promise<JsonAnswer> {
  return (await fetch(`${url}/resolve?name=${name}.example.org`)).json() as Promise<JsonAnswer>
}

function corefileFor(address: string, more = ''): string {
  return `. {\n    cache {\n        edge_cache\n${more}    }\n    forward . ${address}\n}\n`
}

/** The folder of a Worker, and a cache that outlives it. */
function site(corefile: string): { folder: string; cache: string; start(): Promise<RunningWorker> } {
  const folder = folderWith({ Corefile: corefile })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const cache = join(folder, 'cache')
  return { folder, cache, start: () => startWorkerIn(folder, { cache }) }
}

/** Asks a Worker that ends afterwards. What it does behind the answers is waited for. */
async function isolate<T>(start: () => Promise<RunningWorker>, use: (worker: RunningWorker) => Promise<T>): Promise<T> {
  const worker = await start()
  try {
    const found = await use(worker)
    await sleep(300)
    return found
  } finally {
    await worker.close()
  }
}

it('the next isolate answers from what the last one kept, older by the time between', async () => {
  const upstream = await scripted(says)
  const { start } = site(corefileFor(upstream.address))
  const names = ['www', 'absent', 'short', 'broken']
  const first = await isolate(start, (worker) => Promise.all(names.map((name) => ask(worker, name))))
  expect(first[0].Answer?.[0]).toMatchObject({ TTL: 300, data: '192.0.2.1' })
  expect(first[1]).toMatchObject({ Status: 3, Authority: [{ TTL: 60 }] })
  await sleep(2000)
  await upstream.close()

  const [www, again, absent, short, broken] = await isolate(start, async (worker) => {
    const www = await ask(worker, 'www')
    return [
      www,
      await ask(worker, 'WWW'),
      await ask(worker, 'absent'),
      await ask(worker, 'short'),
      await ask(worker, 'broken'),
    ]
  })
  for (const { Status, Answer } of [www, again]) {
    expect(Status).toBe(0)
    expect(Answer?.[0].TTL).toBeGreaterThan(200)
    expect(Answer?.[0].TTL).toBeLessThanOrEqual(298)
  }
  expect(absent.Status).toBe(3)
  expect(absent.Authority?.[0].TTL).toBeLessThanOrEqual(58)
  // Too short to be worth it, and a failure: asked for again, of an upstream that is gone.
  expect(short.Status).toBe(2)
  expect(broken.Status).toBe(2)
})

it('another configuration does not see what this one kept', async () => {
  const upstream = await scripted(says)
  const { folder, start } = site(corefileFor(upstream.address))
  await isolate(start, (worker) => ask(worker, 'www'))
  writeFileSync(join(folder, 'Corefile'), corefileFor(upstream.address, '        denial 2000\n'))
  await isolate(start, (worker) => ask(worker, 'www'))
  expect(upstream.log).toHaveLength(2)
})

it('what has ended is served at once, and fetched again behind the answer', async () => {
  let last = 1
  const upstream = await scripted(({ name, reply }) => reply([`${name} 1 IN A 192.0.2.${last}`]))
  const { start } = site(
    `. {\n    cache {\n        success 2000 3600 1\n        serve_stale\n    }\n    forward . ${upstream.address}\n}\n`,
  )
  await isolate(start, async (worker) => {
    const www = async (): Promise<string> => {
      const { TTL, data } = (await ask(worker, 'www')).Answer![0]
      return `${TTL} ${data}`
    }
    expect(await www()).toBe('1 192.0.2.1')
    await sleep(1200)
    last = 2
    expect(await www()).toBe('0 192.0.2.1')
    await vi.waitFor(async () => expect(await www()).toBe('1 192.0.2.2'), { timeout: 5000 })
  })
})
