import { describe, expect, it } from 'vitest'
import type { HttpResource } from '../../src/capabilities.ts'
import { Server } from '../../src/server.ts'
import { dohApp } from '../../src/transport/doh.ts'
import { dohFetch } from '../../src/transport/dohfetch.ts'
import { ask, fakeServer } from './fake.ts'

const app = dohApp(fakeServer())
const answer = dohFetch(() => fakeServer())
const MESSAGE = { 'content-type': 'application/dns-message' }
const dns = Buffer.from(ask('www.test A')).toString('base64url')

async function shown(outcome: Response | Promise<Response>): Promise<unknown> {
  const response = await outcome
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
}

describe('the fetch handler answers as the Hono app does', () => {
  it.each<[string, RequestInit?]>([
    [`/dns-query?dns=${dns}`],
    [`/dns-query?dns=${dns}`, { method: 'HEAD' }],
    ['/dns-query', { method: 'POST', headers: MESSAGE, body: ask('www.test A') as BodyInit }],
    ['/dns-query', { method: 'POST', headers: MESSAGE, body: 'short' }],
    ['/dns-query', { method: 'POST', body: ask('www.test A') as BodyInit }],
    ['/dns-query', { method: 'OPTIONS' }],
    ['/dns-query', { method: 'PUT', body: 'x' }],
    ['/dns-query'],
    ['/dns-query?name=www.test', { headers: { accept: 'application/dns-json' } }],
    ['/resolve?name=slow-5.test&type=A'],
    ['/resolve', { method: 'POST', body: 'x' }],
    ['/', { method: 'HEAD' }],
    ['/dns-query/'],
    ['/nothing?dns-query'],
    ['/%'],
  ])('%s %j', async (path, init) => {
    const url = `https://dns.test${path}`
    expect(await shown(answer(new Request(url, init)))).toEqual(await shown(app.fetch(new Request(url, init))))
  })
})

it('says 500 where a resource fails, and not more', async () => {
  const resource: HttpResource = {
    path: '/broken',
    address: { host: '', port: 0 },
    respond: () => {
      throw new Error('a secret')
    },
    fault: () => new Error(),
  }
  const response = await dohFetch(() => new Server([], { resources: [resource] }))(
    new Request('https://dns.test/broken'),
  )
  expect(response.status).toBe(500)
  expect(await response.text()).toBe('internal error\n')
})

it.each([{}, { 'content-length': '100' }])('says 400 where the body breaks off, with %j', async (length) => {
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new Error('connection lost'))
    },
  })
  const init = { method: 'POST', headers: { ...MESSAGE, ...length }, body, duplex: 'half' }
  const response = await answer(new Request('https://dns.test/dns-query', init as RequestInit))
  expect(response.status).toBe(400)
  expect(await response.text()).toBe('the body broke off\n')
})
