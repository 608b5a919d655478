import { afterEach, expect, it, vi } from 'vitest'
import { fetchClient } from '../../src/upstream/fetchclient.ts'

afterEach(() => vi.unstubAllGlobals())

const request = {
  method: 'POST' as const,
  path: '/dns-query',
  headers: { accept: 'application/dns-message' },
  body: Uint8Array.of(1, 2),
  signal: new AbortController().signal,
  limit: 10,
}

function stub(response: () => Response): URL[] {
  const urls: URL[] = []
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    urls.push(new URL(url))
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual', body: Uint8Array.of(1, 2) })
    return response()
  })
  return urls
}

it.each([
  [{ host: '192.0.2.1', port: 443 }, 'https://192.0.2.1/dns-query'],
  [{ host: '2001:db8::1', port: 8443 }, 'https://[2001:db8::1]:8443/dns-query'],
  [{ host: '192.0.2.1', port: 443, tls: { serverName: 'dns.example' } }, 'https://dns.example/dns-query'],
])('%j', async (where, url) => {
  const urls = stub(
    () => new Response(Uint8Array.of(7), { headers: { 'content-type': 'application/dns-message', age: '3' } }),
  )
  const response = await fetchClient({ ...where, timeout: 1, idle: 1 }).request(request)
  expect(response).toEqual({ status: 200, type: 'application/dns-message', age: 3, body: Uint8Array.of(7) })
  expect(urls.map(String)).toEqual([url])
})

it('stops at the limit', async () => {
  stub(() => new Response(new Uint8Array(11)))
  await expect(fetchClient({ host: '192.0.2.1', port: 443, timeout: 1, idle: 1 }).request(request)).rejects.toThrow(
    'longer than 10 octets',
  )
})

it('takes an empty answer', async () => {
  stub(() => new Response(null, { status: 204 }))
  const { status, body } = await fetchClient({ host: '192.0.2.1', port: 443, timeout: 1, idle: 1 }).request(request)
  expect([status, body.length]).toEqual([204, 0])
})
