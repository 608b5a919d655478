import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, test, vi } from 'vitest'
import { UpstreamError } from '../../src/upstream/error.ts'
import { faults, type RigOptions, rig } from './rig.ts'

interface Received {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** A collector on loopback that keeps what it gets. */
async function collector(
  answer: (response: http.ServerResponse) => void = (response) => response.writeHead(202).end(),
) {
  const requests: Received[] = []
  const server = http.createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      requests.push({ method, path, headers, body })
      answer(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { requests, at: `127.0.0.1:${port}` }
}

interface ZipkinSpan {
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly name: string
  readonly kind?: string
  readonly shared?: boolean
  readonly timestamp: number
  readonly duration: number
  readonly localEndpoint: Record<string, unknown>
  readonly remoteEndpoint?: Record<string, unknown>
  readonly tags: Record<string, string>
}

const spansOf = (requests: readonly Received[]): ZipkinSpan[] => requests.flatMap(({ body }) => JSON.parse(body))

/** `servedns > cache > stub`, for each trace. */
function waysOf(requests: readonly Received[]): string[] {
  const spans = spansOf(requests)
  const below = (parent: ZipkinSpan): string[] =>
    spans
      .filter(({ parentId, traceId }) => parentId === parent.id && traceId === parent.traceId)
      .map((span) => [span.name, ...below(span)].join(' > '))
  return spans.filter(({ kind }) => kind === 'SERVER').map((root) => [root.name, ...below(root)].join(' > '))
}

const block = (directives: string): string => `. {\n${directives}\n}`

describe('zipkin', () => {
  it('gets a span for the query and one for each plugin on its way', async () => {
    const { requests, at } = await collector()
    const before = Date.now()
    const { answer, stop } = await rig(block(`trace ${at}\nany\ncache\nwhoami`))
    await answer('www.Example.org MX')
    await answer('www.example.org ANY')
    await stop()
    const [{ method, path, headers }] = requests
    expect([method, path, headers['content-type']]).toEqual(['POST', '/api/v2/spans', 'application/json'])
    expect(waysOf(requests)).toEqual(['servedns > any > cache > whoami', 'servedns > any'])
    const [root, ...rest] = spansOf(requests)
    expect(root).toMatchObject({
      name: 'servedns',
      kind: 'SERVER',
      localEndpoint: { serviceName: 'coredns', ipv4: '127.0.0.1', port: 1053 },
      remoteEndpoint: { ipv4: '192.0.2.7', port: 4711 },
      tags: {
        'coredns.io/name': 'www.example.org.',
        'coredns.io/type': 'MX',
        'coredns.io/rcode': 'NOERROR',
        'coredns.io/proto': 'udp',
        'coredns.io/remote': '192.0.2.7',
      },
    })
    expect(root.traceId).toMatch(/^[0-9a-f]{32}$/)
    for (const span of [root, ...rest]) {
      expect(span.id).toMatch(/^[0-9a-f]{16}$/)
      expect(span.timestamp / 1000).toBeGreaterThan(before - 25)
      expect(span.timestamp / 1000).toBeLessThan(Date.now() + 25)
      expect(Number.isInteger(span.timestamp) && Number.isInteger(span.duration) && span.duration > 0).toBe(true)
    }
    expect(new Set(spansOf(requests).map(({ id }) => id)).size).toBe(6)
    expect(new Set(spansOf(requests).map(({ traceId }) => traceId)).size).toBe(2)
  })

  it('learns how long plugins that wait took, and why they failed', async () => {
    const { requests, at } = await collector()
    const { ask, stop } = await rig(block(`trace ${at}\nany\nerrors\nstub`), {
      stub: async (query) => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        if (query.type === 16) throw new UpstreamError('timed out', 22)
        return query.reply()
      },
    })
    await Promise.all([ask('www.example.org A'), ask('www.example.org TXT')])
    await stop()
    const spans = spansOf(requests)
    expect(waysOf(requests).sort()).toEqual(['servedns > any > stub', 'servedns > any > stub'])
    for (const { duration } of spans) expect(duration).toBeGreaterThan(25_000)
    const failed = spans.filter(({ tags }) => tags.error !== undefined)
    expect(failed.map(({ name, tags }) => `${name} ${tags.error}`).sort()).toEqual([
      'any timed out',
      'servedns timed out',
      'stub timed out',
    ])
    expect(failed.find(({ name }) => name === 'servedns')!.tags['coredns.io/rcode']).toBe('SERVFAIL')
  })

  it('gets one of N queries, under the name of the service', async () => {
    const { requests, at } = await collector()
    const { ask, stop } = await rig(block(`trace zipkin http://${at}/zipkin/spans {\nevery 3\nservice ns1\n}\nwhoami`))
    for (let i = 0; i < 10; i++) await ask(`q${i}.example.org A`)
    await stop()
    const roots = spansOf(requests).filter(({ kind }) => kind)
    expect(roots.map(({ tags }) => tags['coredns.io/name'][1])).toEqual(['2', '5', '8'])
    expect(requests[0].path).toBe('/zipkin/spans')
    expect(roots[0].localEndpoint.serviceName).toBe('ns1')
  })

  it('is left alone with every 0', async () => {
    const { requests, at } = await collector()
    const { ask, stop } = await rig(block(`trace ${at} {\nevery 0\n}\nwhoami`))
    await ask('www.example.org A')
    await stop()
    expect(requests).toEqual([])
  })

  const client = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true }

  test.each([
    ['', 'a span of its own'],
    ['client_server', 'the client’s span'],
    ['client_server false', 'a span of its own'],
  ])('a client’s trace goes on (%s)', async (property, expected) => {
    const { requests, at } = await collector()
    const { ask, stop } = await rig(block(`trace ${at} {\n${property}\n}\nwhoami`))
    await ask('www.example.org A', { peer: { transport: 'https', trace: client } })
    await ask('www.example.org A', { peer: { transport: 'https', trace: { ...client, sampled: false } } })
    await stop()
    const [root, child] = spansOf(requests)
    const { traceId, id, parentId, shared } = root
    expect(traceId).toBe(client.traceId)
    if (expected === 'the client’s span') expect([id, parentId, shared]).toEqual([client.spanId, undefined, true])
    else expect([parentId, shared, id === client.spanId]).toEqual([client.spanId, undefined, false])
    expect(child).toMatchObject({ traceId, parentId: id })
    expect(spansOf(requests)).toHaveLength(2)
  })

  it('is told the trace’s id also by the log', async () => {
    const { requests, at } = await collector()
    const { ask, stop, runtime } = await rig(block(`metadata\ntrace ${at}\nlog . {/trace/traceid}\nwhoami`))
    await ask('www.example.org A')
    await stop()
    expect(runtime.logged).toEqual([`[INFO] ${spansOf(requests)[0].traceId}`])
  })

  it('sees aliases that lead to another block as a part of the query', async () => {
    const { requests, at } = await collector()
    const { ask, stop } = await rig(
      `example.org {\ntrace ${at}\ntemplate IN A example.org {\nanswer "{{ .Name }} 60 IN CNAME www.example.net."\n}\n}
       example.net {\ntrace ${at}\nhosts {\n192.0.2.1 www.example.net\n}\n}`,
    )
    await ask('www.example.org A')
    await stop()
    expect(waysOf(requests)).toHaveLength(1)
  })
})

it('otlp: resource, scope and spans, ids in hexadecimal and times as text', async () => {
  const { requests, at } = await collector()
  const { ask, stop } = await rig(
    block(`trace otlp http://${at} {\nservice ns1\nheader authorization "Bearer x"\n}\nerrors\nstub`),
    { stub: () => Promise.reject(new Error('no')) },
  )
  await ask('www.example.org A')
  await stop()
  const [{ path, headers, body }] = requests
  expect([path, headers['content-type'], headers.authorization]).toEqual(['/v1/traces', 'application/json', 'Bearer x'])
  const [{ resource, scopeSpans }] = JSON.parse(body).resourceSpans
  expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'ns1' } })
  const [{ scope, spans }] = scopeSpans
  expect(scope.name).toBe('coredge')
  const [root, child] = spans
  expect(root).toMatchObject({ name: 'servedns', kind: 2, status: { code: 2, message: 'no' } })
  expect(root.attributes).toContainEqual({ key: 'coredns.io/rcode', value: { stringValue: 'SERVFAIL' } })
  expect(root.attributes).toContainEqual({ key: 'client.address', value: { stringValue: '192.0.2.7' } })
  expect(root.attributes).toContainEqual({ key: 'server.port', value: { intValue: '1053' } })
  expect(child).toMatchObject({ name: 'stub', kind: 1, parentSpanId: root.spanId, traceId: root.traceId })
  for (const { traceId, spanId, startTimeUnixNano: start, endTimeUnixNano: end } of spans) {
    expect([traceId, spanId].join()).toMatch(/^[0-9a-f]{32},[0-9a-f]{16}$/)
    expect([start, end].join()).toMatch(/^\d{19},\d{19}$/)
    expect(BigInt(end) >= BigInt(start)).toBe(true)
  }
})

it('datadog: a list of traces with numbers of 64 bits', async () => {
  const { requests, at } = await collector()
  const { ask, stop } = await rig(block(`trace datadog ${at} {\ndatadog_analytics_rate 0.5\n}\nwhoami`))
  await ask('www.example.org A')
  await ask('mail.example.org MX')
  await stop()
  const [{ method, path, headers, body }] = requests
  expect([method, path, headers['x-datadog-trace-count']]).toEqual(['PUT', '/v0.4/traces', '2'])
  const [[root, child], other] = JSON.parse(body)
  expect(root).toMatchObject({
    name: 'servedns',
    resource: 'www.example.org.',
    service: 'coredns',
    type: 'dns',
    parent_id: 0,
    error: 0,
    meta: { 'coredns.io@rcode': 'NOERROR' },
    metrics: { '_dd1.sr.eausr': 0.5 },
  })
  expect(child).toMatchObject({ name: 'plugin', resource: 'whoami', metrics: {} })
  expect(other[0].resource).toBe('mail.example.org.')
  // Digits beyond what JSON.parse keeps.
  const [id, parent] = [/"span_id":(\d+),"parent_id":0,/.exec(body)![1], /"parent_id":([1-9]\d+)/.exec(body)![1]]
  expect(parent).toBe(id)
  expect(body).toMatch(/"start":\d{19},"duration":\d+,/)
})

describe('collectors', () => {
  it('get batches, and what is left after the interval', async () => {
    const { requests, at } = await collector()
    const { ask } = await rig(
      block(`trace ${at} {\nzipkin_max_batch_size 4\nzipkin_max_batch_interval 50ms\n}\nwhoami`),
    )
    for (let i = 0; i < 5; i++) await ask('www.example.org A')
    await vi.waitFor(() => expect(spansOf(requests)).toHaveLength(10), 5000)
    expect(requests.map(({ body }) => JSON.parse(body).length)).toEqual([4, 4, 2])
  })

  it('that answer badly, or not at all, cost spans and nothing else', async () => {
    let isWell = false
    const { at, requests } = await collector((response) => response.writeHead(isWell ? 202 : 500).end('{}'))
    const { ask, runtime, stop } = await rig(block(`trace ${at} {\nzipkin_max_batch_interval 10ms\n}\nwhoami`))
    const dropped = runtime.metrics.counter('coredns_trace_dropped_total', '')
    for (let i = 1; i <= 3; i++) {
      await ask('www.example.org A')
      await vi.waitFor(() => expect(dropped.value).toBe(2 * i), 5000)
    }
    isWell = true
    await ask('www.example.org A')
    await vi.waitFor(() => expect(runtime.logged).toHaveLength(2), 5000)
    await stop()
    expect(requests).toHaveLength(4)
    expect(runtime.logged.join('\n')).toMatch(
      /^\[WARNING\] plugin\/trace: traces are lost: http:.*: it answers with HTTP status 500\n\[INFO\] plugin\/trace: .* takes traces again$/,
    )
  })

  it('that never answer cost a fixed amount of memory', async () => {
    const { at, requests } = await collector(() => {})
    const { ask, runtime } = await rig(
      block(`trace ${at} {\nzipkin_max_batch_size 10\nzipkin_max_backlog_size 50\n}\nwhoami`),
    )
    const dropped = runtime.metrics.counter('coredns_trace_dropped_total', '')
    const begun = performance.now()
    for (let i = 0; i < 1000; i++) await ask('www.example.org A')
    expect(performance.now() - begun).toBeLessThan(4000)
    await vi.waitFor(() => expect(requests).toHaveLength(1), 5000)
    // 2000 spans: ten are on their way, and fifty wait.
    expect(dropped.value).toBe(1940)
  })

  it('that nobody listens for are told of once', async () => {
    const { ask, runtime } = await rig(block('trace 127.0.0.1:1 {\nzipkin_max_batch_interval 5ms\n}\nwhoami'))
    for (let i = 0; i < 3; i++) {
      await ask('www.example.org A')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(runtime.logged).toHaveLength(1)
    expect(runtime.logged[0]).toMatch(/traces are lost: http:\/\/127\.0\.0\.1:1\/api\/v2\/spans: \S/)
  })
})

it('at the edge the spans of a query leave with it', async () => {
  const { requests, at } = await collector()
  const { answer } = await rig(block(`trace otlp ${at}\nwhoami`), { name: 'workers' })
  await answer('www.example.org A')
  await vi.waitFor(() => expect(requests).toHaveLength(1), 5000)
  const [{ scopeSpans }] = JSON.parse(requests[0].body).resourceSpans
  expect(scopeSpans[0].spans.map(({ name }: { name: string }) => name)).toEqual(['servedns', 'whoami'])
})

test.each([
  ['trace footype localhost:4321', 'type must be zipkin, datadog, otlp, got "footype"'],
  ['trace zipkin a b', 'takes at most a type and an endpoint, got "b"'],
  ['trace ftp://x', 'endpoint must be HOST:PORT or a URL of http or https, got "ftp://x"'],
  ['trace zipkin "a b"', 'endpoint must be HOST:PORT'],
  ['trace {\nevery x\n}', 'every: amount must be a whole number, got "x"'],
  ['trace {\nclient_server junk\n}', 'client_server: on must be true or false, got "junk"'],
  ['trace datadog {\ndatadog_analytics_rate 2\n}', 'rate must be a number from 0 to 1, got "2"'],
  ['trace {\nzipkin_max_batch_size wrong\n}', 'size must be a whole number'],
  ['trace {\nzipkin_max_batch_interval 5\n}', 'zipkin_max_batch_interval: interval'],
  ['trace {\nheader "a b" c\n}', 'must be the name of an HTTP field'],
  ['trace {\nevrey 1\n}', 'did you mean "every"'],
  ['trace\ntrace', 'may stand only once'],
])('%s is a mistake', async (directive, message) => {
  expect(await faults(block(`${directive}\nwhoami`))).toContain(message)
})

test.each<[string, RigOptions, string]>([
  ['trace zipkin x:1 {\ndatadog_analytics_rate 0.1\n}', {}, 'datadog_analytics_rate is for datadog alone'],
  ['trace', { name: 'workers' }, 'a deployed Worker does not reach localhost'],
])('%s is warned of', async (directive, options, message) => {
  const { instance } = await rig(block(`${directive}\nwhoami`), options)
  expect(instance.warnings.join('\n')).toContain(message)
})
