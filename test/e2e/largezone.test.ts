import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { folderWith, type RunningWorker, startWorkerIn } from './miniflare.ts'

/** A zone that is too large for a Worker to hold all of it at once. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

const NAMES = 150_000
const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`

describe('a large zone in a Worker', () => {
  let folder: string
  let worker: RunningWorker
  beforeAll(async () => {
    folder = folderWith({ Corefile: 'large.example {\n    file zone\n}\n' })
    const lines = ['$TTL 300', '@ SOA ns h 1 3600 600 86400 60', '@ NS ns', 'ns A 192.0.2.1', '*.w TXT wildcard']
    for (let i = 0; i < NAMES; i++)
      lines.push(`n${i} A ${address(i)}`, `n${i} AAAA 2001:db8::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`)
    writeFileSync(join(folder, 'zone'), `${lines.join('\n')}\n`)
    worker = await startWorkerIn(folder)
  })
  afterAll(async () => {
    await worker?.close()
    rmSync(folder, { recursive: true })
  })

  const ask = async (name: string, type = 'A'): Promise<{ Status: number; Answer?: { data: string }[] }> =>
    (await fetch(`${worker.url}/resolve?name=${name}.large.example&type=${type}`)).json()
  const dataOf = async (name: string, type?: string): Promise<string | undefined> =>
    (await ask(name, type)).Answer?.[0].data

  it('is answered from, wherever in it the name is', async () => {
    for (const i of [0, 1, 77_777, NAMES - 1]) expect(await dataOf(`n${i}`)).toBe(address(i))
    expect(await dataOf('any.w', 'TXT')).toBe('"wildcard"')
    expect((await ask('none')).Status).toBe(3)
    expect((await ask(`x.n${NAMES}`)).Status).toBe(3)
  })

  it('is answered from by many requests at once, of which some end early', async () => {
    const names = Array.from({ length: 400 }, (_, i) => (i * 373) % NAMES)
    const leaving = names.slice(0, 40).map(async (i) => {
      const leave = new AbortController()
      const asked = fetch(`${worker.url}/resolve?name=n${i}.large.example`, { signal: leave.signal })
      setTimeout(() => leave.abort(), i % 5)
      await asked.then((response) => response.text()).catch(() => {})
    })
    const staying = names.map(async (i) => expect(await dataOf(`n${i}`)).toBe(address(i)))
    await Promise.all([...leaving, ...staying])
    expect(worker.logged.filter((line) => !line.startsWith('[INFO]'))).toEqual([])
  })
})
