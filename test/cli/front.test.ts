import { createServer, type Server } from 'node:http'
import http2 from 'node:http2'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { selfSigned } from '../../src/cli/certificate.ts'
import { Front, type Target } from '../../src/cli/front.ts'
import { itWith, run } from '../e2e/tools.ts'

const certificate = selfSigned(['localhost', '127.0.0.1'])
const HOST = '127.0.0.1'

let front: Front
const backends: Server[] = []

/** A server that tells what it was asked, in chunks (without a length), after `delay` milliseconds, or when told to. */
async function backend(name: string, delay: number | Promise<void> = 0): Promise<Target> {
  const server = createServer({ maxHeaderSize: 131_072 }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    await (typeof delay === 'number' ? new Promise((resolve) => setTimeout(resolve, delay)) : delay)
    const { method, url, headers } = request
    const body = Buffer.concat(chunks).toString('latin1')
    response.setHeader('x-name', name)
    response.statusCode = url === '/teapot' ? 418 : 200
    if (url === '/empty') response.statusCode = 204
    else response.write(JSON.stringify({ name, method, url, headers, body }))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  backends.push(server)
  return { host: HOST, port: (server.address() as { port: number }).port }
}

beforeEach(() => {
  front = new Front()
})
afterEach(async () => {
  await front.close()
  for (const server of backends.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Answer {
  readonly headers: Record<string, string | undefined>
  readonly text: string
}

/** One request over HTTP/2. */
async function ask2(url: string, path: string, body?: string): Promise<Answer> {
  const session = http2.connect(url, { ca: certificate.cert })
  const stream = session.request({ ':method': body === undefined ? 'GET' : 'POST', ':path': path, 'x-mine': 'yes' })
  stream.end(body)
  let headers = {}
  stream.on('response', (fields) => {
    headers = fields
  })
  let text = ''
  for await (const chunk of stream) text += chunk
  session.close()
  return { headers, text }
}

describe('HTTP/2 reaches a server of HTTP/1.1', () => {
  const ways: [string, () => Promise<string>][] = [
    ['over TLS', async () => `https://${HOST}:${await front.listenTls(HOST, 0, certificate)}`],
    ['without TLS', async () => `http://${HOST}:${await front.listen(HOST, 0)}`],
  ]
  it.each(ways)('%s', async (_way, listen) => {
    const url = await listen()
    await front.switchTo(await backend('one'))
    const { headers, text } = await ask2(url, '/dns-query?dns=AAA', 'octets \u00ff')
    expect(headers[':status']).toBe(200)
    expect(headers['content-length']).toBe(`${Buffer.byteLength(text)}`)
    const seen = JSON.parse(text)
    expect(seen).toMatchObject({ name: 'one', method: 'POST', url: '/dns-query?dns=AAA' })
    expect(Buffer.from(seen.body, 'latin1').toString()).toBe('octets \u00ff')
    expect(seen.headers).toMatchObject({ 'x-mine': 'yes', host: new URL(url).host, 'cf-connecting-ip': HOST })
  })
})

describe('HTTP/1.1', () => {
  let url: string
  beforeEach(async () => {
    url = `http://${HOST}:${await front.listen(HOST, 0)}`
  })

  it('goes through, with a length in both directions', async () => {
    await front.switchTo(await backend('one'))
    const response = await fetch(`${url}/teapot`, {
      method: 'POST',
      body: 'tea',
      headers: { 'cf-connecting-ip': '6.6.6.6' },
    })
    expect(response.status).toBe(418)
    const text = await response.text()
    expect(response.headers.get('content-length')).toBe(`${text.length}`)
    const { headers, body } = JSON.parse(text)
    expect(body).toBe('tea')
    expect(headers['content-length']).toBe('3')
    expect(headers['cf-connecting-ip']).toBe(HOST)
    expect(headers['accept-encoding']).toBeUndefined()
  })

  it('has no body where there is none', async () => {
    await front.switchTo(await backend('one'))
    const empty = await fetch(`${url}/empty`)
    expect([empty.status, empty.headers.get('content-length')]).toEqual([204, null])
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('takes long URLs and no endless bodies', async () => {
    await front.switchTo(await backend('one'))
    const long = `/dns-query?dns=${'A'.repeat(87_400)}`
    expect((await (await fetch(url + long)).json()).url).toBe(long)
    const large = await fetch(url, { method: 'POST', body: new Uint8Array(2_000_000) }).then(
      ({ status }) => status,
      () => 'closed',
    )
    expect([413, 'closed']).toContain(large)
    expect((await fetch(url)).status).toBe(200)
  })

  it('gets a reason where there is no server', async () => {
    expect((await fetch(url)).status).toBe(503)
    await front.switchTo({ host: HOST, port: 1 })
    const response = await fetch(url)
    expect(response.status).toBe(502)
    expect(await response.text()).toMatch(/^the Worker did not answer: .*ECONNREFUSED/)
  })

  it('keeps what comes all at once away from the server', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>()
    await front.switchTo(await backend('one', told))
    const connections = vi.fn()
    backends[0].on('connection', connections)
    const statuses: number[] = []
    const all = Array.from({ length: 1100 }, async () => statuses.push((await fetch(url)).status))
    await vi.waitUntil(() => statuses.length === 100, { timeout: 10_000 })
    tell()
    await Promise.all(all)
    expect(statuses).toEqual([...Array(100).fill(503), ...Array(1000).fill(200)])
    expect(connections).toHaveBeenCalledTimes(100)
  })

  it('goes on when the server closed an idle connection', async () => {
    const target = await backend('one')
    await front.switchTo(target)
    await (await fetch(url)).text()
    backends[0].closeIdleConnections()
    expect((await fetch(url)).status).toBe(200)
  })
})

it('a change of servers loses no request', async () => {
  const url = `http://${HOST}:${await front.listen(HOST, 0)}`
  await front.switchTo(await backend('old', 20))
  const names: string[] = []
  let isDone = false
  const asking = Array.from({ length: 8 }, async () => {
    while (!isDone) names.push((await (await fetch(url)).json()).name)
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  await front.switchTo(await backend('new', 20))
  // Nothing is under way to the old one any more.
  const [old] = backends
  old.closeAllConnections()
  old.close()
  await new Promise((resolve) => setTimeout(resolve, 100))
  isDone = true
  await Promise.all(asking)
  expect(new Set(names)).toEqual(new Set(['old', 'new']))
  expect(names.at(-1)).toBe('new')
})

itWith('curl')('curl speaks every version', async () => {
  await front.switchTo(await backend('one'))
  const plain = `http://${HOST}:${await front.listen(HOST, 0)}`
  const secure = `https://${HOST}:${await front.listenTls(HOST, 0, certificate)}`
  const version = async (...args: string[]): Promise<string> =>
    run('curl', ['-sk', '-o', '/dev/null', '-w', '%{http_version}', ...args])
  expect(await version(plain)).toBe('1.1')
  expect(await version('--http2-prior-knowledge', plain)).toBe('2')
  expect(await version(secure)).toBe('2')
  expect(await version('--http1.1', secure)).toBe('1.1')
})
