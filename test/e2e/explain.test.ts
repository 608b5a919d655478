import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Explanation } from '../../src/explain/explanation.ts'
import { folderWith, type RunningWorker, startWorkerIn } from './miniflare.ts'

/** Explanations by a Worker, beside DNS over HTTPS. */

let folder: string
let worker: RunningWorker
beforeAll(async () => {
  const corefile = `example.org {
    explain {
        allow 192.0.2.0/24
    }
    cache
    file db
}
`
  const db = '@ 60 IN SOA ns hm 1 2 3 4 5\n@ 60 IN NS ns.example.net.\nwww 60 IN A 192.0.2.1\n'
  folder = folderWith({ Corefile: corefile, db })
  worker = await startWorkerIn(folder)
})
afterAll(async () => {
  await worker.close()
  rmSync(folder, { recursive: true })
})

const ask = (client: string, search: string): Promise<Response> =>
  fetch(`${worker.url}/explain${search}`, { headers: { 'cf-connecting-ip': client } })

it('a Worker explains for those who may ask', async () => {
  const response = await ask('192.0.2.7', '?name=www.example.org&format=json')
  const explanation = (await response.json()) as Explanation
  expect(explanation.server).toBe('https://:443')
  expect(explanation.asked.steps[0]).toMatchObject({ plugin: 'cache', next: [{ plugin: 'file', did: 'answered' }] })
  expect(explanation.reply?.answer).toEqual(['www.example.org. 60 IN A 192.0.2.1'])
  expect((await ask('198.51.100.7', '?name=www.example.org')).status).toBe(403)
  expect((await ask('192.0.2.7', '')).status).toBe(400)
})
