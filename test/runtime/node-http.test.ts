import { connect, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpAddress, HttpResource } from '../../src/capabilities.ts'
import { HttpListeners } from '../../src/runtime/node-http.ts'

const resource = (path: string, body: string, address: HttpAddress): HttpResource => ({
  path,
  address,
  respond: () => ({ status: 200, type: 'text/plain', body }),
  fault: (reason) => new Error(reason),
})

const get = async (port: number, path: string, host = '127.0.0.1'): Promise<string> => {
  const response = await fetch(`http://${host}:${port}${path}`, { headers: { connection: 'close' } })
  return `${response.status} ${(await response.text()).trim()}`
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

const hasIPv6 = await new Promise<boolean>((resolve) => {
  const server = createServer()
    .on('error', () => resolve(false))
    .listen(0, '::1', () => server.close(() => resolve(true)))
})

function rig() {
  const warnings: string[] = []
  const listeners = new HttpListeners((line) => warnings.push(line))
  const open = async (path: string, body: string, address: HttpAddress, configuration: object) => {
    const listener = await listeners.listen(resource(path, body, address), configuration)
    onTestFinished(() => listener.close())
    return listener
  }
  return { open, warnings }
}

const any = { host: '127.0.0.1', port: 0 }

test('paths of one address share a listener', async () => {
  const { open } = rig()
  const config = {}
  const a = await open('/a', 'A', any, config)
  const b = await open('/b', 'B', any, config)
  expect(b.port).toBe(a.port)
  expect(await get(a.port, '/a')).toBe('200 A')
  expect(await get(a.port, '/b?x=y')).toBe('200 B')
  expect(await get(a.port, '/c')).toBe('404 not found: there is /a, /b')
  await a.close()
  await a.close()
  expect(await get(b.port, '/a')).toBe('404 not found: there is /b')
  await b.close()
  await expect(get(b.port, '/b')).rejects.toThrow()
})

test('over a reload the listener stays open, with connections to it, and the next configuration answers', async () => {
  const { open } = rig()
  const before = await open('/a', 'old', any, {})
  const socket = connect(before.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const answers: string[] = []
  socket.setEncoding('utf8').on('data', (text: string) => answers.push(text))
  const ask = async (): Promise<string> => {
    const count = answers.length
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect.poll(() => answers.slice(count).join('')).toMatch(/(old|new)$/)
    return answers.slice(count).join('').slice(-3)
  }
  expect(await ask()).toBe('old')
  const after = await open('/a', 'new', any, {})
  expect(await ask()).toBe('new')
  await before.close()
  expect(await ask()).toBe('new')
  expect(after.port).toBe(before.port)
})

test('a configuration that comes to nothing leaves the one before', async () => {
  const { open } = rig()
  const before = await open('/a', 'old', any, {})
  const failed = await open('/a', 'new', any, {})
  await failed.close()
  expect(await get(before.port, '/a')).toBe('200 old')
})

describe('an address in our own hands', () => {
  test('makes room for the next configuration', async () => {
    const { open } = rig()
    const port = await freePort()
    const before = await open('/a', 'old', { host: '', port }, {})
    await open('/a', 'new', { host: '127.0.0.1', port }, {})
    expect(await get(port, '/a')).toBe('200 new')
    await before.close()
    expect(await get(port, '/a')).toBe('200 new')
  })

  test('is taken back where that comes to nothing', async () => {
    const { open, warnings } = rig()
    const port = await freePort()
    await open('/a', 'old', { host: '', port }, {})
    const failed = await open('/a', 'new', { host: '127.0.0.1', port }, {})
    await failed.close()
    expect(await get(port, '/a')).toBe('200 old')
    expect(warnings).toEqual([])
  })

  test('does not within one configuration', async () => {
    const { open } = rig()
    const config = {}
    const port = await freePort()
    await open('/a', 'A', { host: '', port }, config)
    await expect(open('/b', 'B', { host: '127.0.0.1', port }, config)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: the port is taken`,
    )
    expect(await get(port, '/a')).toBe('200 A')
  })
})

describe('hosts', () => {
  test.runIf(hasIPv6)('localhost is both loopback addresses, and no other', async () => {
    const { open } = rig()
    const { port } = await open('/a', 'A', { host: 'localhost', port: 0 }, {})
    expect(await get(port, '/a')).toBe('200 A')
    expect(await get(port, '/a', '[::1]')).toBe('200 A')
    await expect(get(port, '/a', '127.0.0.2')).rejects.toThrow()
  })

  test('none is every address', async () => {
    const { open } = rig()
    const { port } = await open('/a', 'A', { host: '', port: 0 }, {})
    expect(await get(port, '/a', '127.0.0.2')).toBe('200 A')
    if (hasIPv6) expect(await get(port, '/a', '[::1]')).toBe('200 A')
  })

  test.each([
    ['192.0.2.1', 'the address is not one of this machine'],
    ['no-such-host.invalid', ''],
  ])('%s is an error', async (host, reason) => {
    const { open } = rig()
    await expect(open('/a', 'A', { host, port: 0 }, {})).rejects.toThrow(`cannot listen on ${host}:0: ${reason}`)
    await expect(open('/a', 'A', { host, port: 0 }, {})).rejects.toThrow()
  })
})

test('a resource that throws gives 500, and a warning', async () => {
  const warnings: string[] = []
  const listeners = new HttpListeners((line) => warnings.push(line))
  const broken = {
    ...resource('/a', '', any),
    respond: () => {
      throw new Error('broken')
    },
  }
  const listener = await listeners.listen(broken, {})
  onTestFinished(() => listener.close())
  expect(await get(listener.port, '/a')).toBe('500 internal error')
  expect(warnings).toEqual(['http 127.0.0.1:0/a: broken'])
})
