import { describe, expect, test } from 'vitest'
import { dohApp } from '../../src/transport/doh.ts'
import { get, HttpRuntime } from './httprig.ts'
import { faults, rig } from './rig.ts'

const erratic = 'erratic {\n drop 0\n }'

async function probe(runtime: HttpRuntime): Promise<string> {
  const { status, body } = await get(runtime.url('/ready'))
  return `${status} ${body}`
}

test('says OK where no plugin has to get ready', async () => {
  const runtime = new HttpRuntime()
  await rig('. {\n ready 127.0.0.1:0\n whoami\n}', { runtime })
  expect(await probe(runtime)).toBe('200 OK')
})

describe.each([
  ['until-ready', '200 OK'],
  ['continuously', '503 erratic'],
])('monitor %s', (how, afterwards) => {
  test(`a plugin that was ready once and no longer is gives ${afterwards}`, async () => {
    const runtime = new HttpRuntime()
    const { answer } = await rig(`. {\n ready 127.0.0.1:0 {\n monitor ${how}\n }\n ${erratic}\n}`, { runtime })
    expect(await probe(runtime)).toBe('503 erratic')
    expect(runtime.logged).toContain('[INFO] plugin/ready: Plugins not ready: "erratic"')
    for (let i = 0; i < 3; i++) await answer('example.org')
    expect(await probe(runtime)).toBe('200 OK')
    for (let i = 0; i < 3; i++) await answer('example.org')
    expect(await probe(runtime)).toBe(afterwards)
  })
})

test('tells of all blocks that have it, at each address, and names each plugin once', async () => {
  const runtime = new HttpRuntime()
  const { answer } = await rig(
    `example.org {\n ready 127.0.0.1:0\n ${erratic}\n}
     example.net {\n ready localhost:0\n ${erratic}\n}
     example.com {\n ${erratic}\n}`,
    { runtime },
  )
  expect(runtime.bound).toHaveLength(2)
  const [first, second] = runtime.bound.map(({ port }) => `http://127.0.0.1:${port}/ready`)
  expect((await get(first)).body).toBe('erratic')
  for (let i = 0; i < 3; i++) await answer('example.org')
  expect((await get(second)).body).toBe('erratic')
  for (let i = 0; i < 3; i++) await answer('example.net')
  expect((await get(first)).body).toBe('OK')
})

test('is no longer ready while the process ends', async () => {
  const runtime = new HttpRuntime()
  const { instance } = await rig('. {\n ready 127.0.0.1:0\n whoami\n}', { runtime })
  await instance.drain()
  expect(await probe(runtime)).toBe('503 Shutting down')
})

test('at the edge is beside DNS', async () => {
  const { instance } = await rig(`. {\n ready\n ${erratic}\n}`, { name: 'workers' })
  const app = dohApp(instance.edge())
  const response = await app.request('https://dns.example/ready')
  expect([response.status, await response.text()]).toEqual([503, 'erratic'])
})

test.each([
  ['ready\n ready', 'Corefile:3:2: ready: may stand only once in a server block'],
  ['ready {\n monitor sometimes\n }', 'must be until-ready or continuously'],
  ['ready :1 :2', 'Corefile:2:11: ready:'],
])('refuses %s', async (text, fault) => {
  expect(await faults(`. {\n ${text}\n whoami\n}`)).toContain(fault)
})
