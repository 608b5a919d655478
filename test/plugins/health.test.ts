import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Registry } from '../../src/metrics/registry.ts'
import type { Connection, ConnectOptions } from '../../src/runtime/runtime.ts'
import { dohApp } from '../../src/transport/doh.ts'
import { FakeRuntime } from '../runtime.ts'
import { get, HttpRuntime } from './httprig.ts'
import { faults, rig } from './rig.ts'

test('says OK', async () => {
  const runtime = new HttpRuntime()
  await rig('. {\n health 127.0.0.1:0\n}', { runtime })
  const { status, body, headers } = await get(runtime.url('/health'))
  expect([status, body, headers.get('content-type')]).toEqual([200, 'OK', 'text/plain; charset=utf-8'])
  expect((await get(runtime.url('/health').replace('health', 'other'))).status).toBe(404)
})

test('shares an address with others, and has several', async () => {
  const runtime = new HttpRuntime()
  await rig('. {\n health 127.0.0.1:0\n ready 127.0.0.1:0\n whoami\n}\nexample.org {\n health localhost:0\n}', {
    runtime,
  })
  const ports = runtime.bound.map(({ resource, port }) => [resource.path, port] as const)
  const [ready] = ports.filter(([path]) => path === '/ready')
  const healths = ports.filter(([path]) => path === '/health').map(([, port]) => port)
  expect(healths).toContain(ready[1])
  expect(new Set(healths).size).toBe(2)
  for (const port of healths) expect((await get(`http://127.0.0.1:${port}/health`)).body).toBe('OK')
})

test('tells where it is when the system chose the port', async () => {
  const runtime = new HttpRuntime()
  await rig('. {\n health 127.0.0.1:0\n}', { runtime })
  expect(runtime.logged).toEqual([`[INFO] /health is at ${runtime.url('/health')}`])
})

test('an address that is taken is an error at its place', async () => {
  const runtime = new HttpRuntime()
  await rig('. {\n health 127.0.0.1:0\n}', { runtime })
  const { port } = runtime.bound[0]
  const others = new HttpRuntime()
  const started = rig(`. {\n health 127.0.0.1:${port}\n}`, { runtime: others })
  await expect(started).rejects.toThrow(`Corefile:2:2: health: cannot listen on 127.0.0.1:${port}: the port is taken`)
  expect(others.bound).toEqual([])
})

describe('lameduck', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('delays the end, healthy all the while', async () => {
    const { runtime, instance } = await rig('. {\n health {\n lameduck 5s\n }\n}')
    let isOver = false
    const over = instance.drain().then(() => {
      isOver = true
    })
    expect(runtime.logged).toEqual(['[INFO] plugin/health: Going into lameduck mode for 5s'])
    await vi.advanceTimersByTimeAsync(4999)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await over
  })

  test('is not there where nobody asks for it', async () => {
    const { runtime, instance } = await rig('. {\n health\n}')
    await instance.drain()
    expect(runtime.logged).toEqual([])
  })
})

describe('asks itself once a second', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Answers each connection as `answer` says, 2 ms after the request. */
  async function checked(address: string, answer: (connection: FakeConnection) => void) {
    const tried: string[] = []
    const connect = async ({ host, port }: ConnectOptions): Promise<Connection> => {
      tried.push(`${host} ${port}`)
      return new FakeConnection(answer)
    }
    const metrics = new Registry()
    const runtime = Object.assign(new FakeRuntime({ connect }), {
      metrics,
      listenHttp: async () => ({ port: 8080, close: async () => {} }),
    })
    const made = await rig(`. {\n health ${address}\n}`, { runtime })
    const durations = metrics.histograms('coredns_health_request_duration_seconds', '', []).with()
    const failures = metrics.counter('coredns_health_request_failures_total', '')
    return { ...made, tried, durations, failures }
  }

  class FakeConnection implements Connection {
    readonly waiting = 0
    data: (bytes: Uint8Array) => void = () => {}
    ended: (reason?: Error) => void = () => {}
    readonly #answer: (connection: FakeConnection) => void

    constructor(answer: (connection: FakeConnection) => void) {
      this.#answer = answer
    }

    write(bytes: Uint8Array): void {
      expect(new TextDecoder().decode(bytes)).toMatch(/^GET \/health HTTP\/1\.1\r\nHost: /)
      setTimeout(() => this.#answer(this), 2)
    }
    close(): void {}
    onData(listener: (bytes: Uint8Array) => void): void {
      this.data = listener
    }
    onClose(listener: (reason?: Error) => void): void {
      this.ended = listener
    }
  }
  const say = (line: string) => (connection: FakeConnection) =>
    connection.data(new TextEncoder().encode(`${line}\r\n\r\n`))

  test.each([
    ['', '127.0.0.1 8080'],
    [':8080', '127.0.0.1 8080'],
    ['192.0.2.1:8080', '192.0.2.1 8080'],
    ['[::1]:8080', '::1 8080'],
  ])('at "%s"', async (address, at) => {
    const { tried, durations, failures, stop } = await checked(address, say('HTTP/1.1 200 OK'))
    await vi.advanceTimersByTimeAsync(2500)
    expect(tried).toEqual([at, at])
    const { counts, sum } = durations.value
    expect(counts).toEqual([0, 2, 0, 0, 0, 0])
    expect(sum).toBeCloseTo(0.004)
    expect(failures.value).toBe(0)
    await stop()
    await vi.advanceTimersByTimeAsync(5000)
    expect(tried).toHaveLength(2)
  })

  test.each([
    ['another status', say('HTTP/1.1 500 X'), 'failed: HTTP/1.1 500 X'],
    ['a closed connection', (connection: FakeConnection) => connection.ended(), 'failed: the connection was closed'],
    ['silence', () => {}, 'failed: no answer within 3000 ms'],
  ])('%s is a failure', async (_, answer, reason) => {
    const { runtime, failures } = await checked('', answer)
    await vi.advanceTimersByTimeAsync(4500)
    expect(failures.value).toBeGreaterThan(0)
    expect(runtime.logged[0]).toBe(
      `[WARNING] plugin/health: Local health request to "http://127.0.0.1:8080/health" ${reason}`,
    )
  })

  test('what takes long is told', async () => {
    const { runtime, failures } = await checked('', (connection) =>
      setTimeout(() => say('HTTP/1.1 200 OK')(connection), 1500),
    )
    await vi.advanceTimersByTimeAsync(3000)
    expect(failures.value).toBe(0)
    expect(runtime.logged[0]).toMatch(/took more than 1s: 150\dms$/)
  })
})

test('really asks itself', async () => {
  const runtime = new HttpRuntime()
  await rig('. {\n health 127.0.0.1:0\n}', { runtime })
  const { metrics } = runtime
  const durations = metrics.histograms('coredns_health_request_duration_seconds', '', []).with()
  await vi.waitFor(() => expect(durations.value.counts.some((count) => count > 0)).toBe(true), 4000)
  expect(metrics.counter('coredns_health_request_failures_total', '').value).toBe(0)
})

test('at the edge is beside DNS', async () => {
  const { instance } = await rig('. {\n health :8080 {\n lameduck 1h\n }\n whoami\n}', { name: 'workers' })
  const response = await dohApp(instance.edge()).request('https://dns.example/health')
  expect([response.status, await response.text()]).toEqual([200, 'OK'])
})

test.each([
  ['bla', 'address must be an address and a port, such as localhost:8080, got "bla"'],
  ['bla:a', 'address must have a port of 0–65535 after the colon, got "bla:a"'],
  [':8080 {\n lameduck 5\n }', 'lameduck'],
  ['{\n lamedudk 4s\n }', 'did you mean "lameduck"'],
])('refuses %s', async (text, fault) => {
  expect(await faults(`. {\n health ${text}\n}`)).toContain(fault)
})
