import { once } from 'node:events'
import { rmSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { decodeTap } from '../../src/dnstap/decode.ts'
import { receive } from '../../src/dnstap/receiver.ts'
import { SocketConnection } from '../../src/runtime/node-net.ts'
import { folderWith, startWorkerBoundTo, startWorkerIn } from './miniflare.ts'

/** What the Worker tells of its queries, as collectors on this machine get it from workerd. */
async function workerWith(directives: string) {
  const answer = 'template IN A example.org {\n        answer "{{ .Name }} 60 IN A 192.0.2.1"\n    }'
  const folder = folderWith({ Corefile: `. {\n    ${directives}\n    ${answer}\n}\n` })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const worker = await startWorkerIn(folder)
  onTestFinished(() => worker.close())
  const ask = async (name: string, headers = {}): Promise<string> =>
    (await fetch(`${worker.url}/resolve?name=${name}`, { headers })).text()
  return { worker, ask }
}

it('dnstap over TCP, several requests by one connection, and again later', { timeout: 60_000 }, async () => {
  const messages: string[] = []
  let connections = 0
  const collector = net.createServer((socket) => {
    connections++
    receive(
      new SocketConnection(socket),
      (payload) => {
        const { type, protocol, queryMessage, responseMessage } = decodeTap(Uint8Array.from(payload))
        messages.push(`${type} ${protocol} ${(queryMessage ?? responseMessage)?.length}`)
      },
      () => {},
    )
  })
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  onTestFinished(() => void collector.close())
  const { ask, worker } = await workerWith(`dnstap tcp://127.0.0.1:${(collector.address() as AddressInfo).port} full`)
  const answers = await Promise.all(['a', 'b', 'c'].map((label) => ask(`${label}.example.org`)))
  for (const answer of answers) expect(answer).toContain('192.0.2.1')
  await vi.waitFor(() => expect(messages).toHaveLength(6), 10_000)
  expect(messages.filter((message) => /^CLIENT_QUERY DOH 4\d$/.test(message))).toHaveLength(3)
  expect(messages.filter((message) => /^CLIENT_RESPONSE DOH \d+$/.test(message))).toHaveLength(3)
  const first = connections
  expect(first).toBeLessThan(3)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await ask('later.example.org')
  await vi.waitFor(() => expect(messages).toHaveLength(8), 10_000)
  expect(connections).toBe(first + 1)
  expect(worker.logged.filter((line) => /dnstap/.test(line))).toEqual([])
})

it('trace by fetch, as a part of the client’s trace', { timeout: 60_000 }, async () => {
  const bodies: string[] = []
  const collector = http.createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      bodies.push(`${request.url} ${body}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  onTestFinished(() => {
    collector.closeAllConnections()
    collector.close()
  })
  const { ask, worker } = await workerWith(`trace otlp 127.0.0.1:${(collector.address() as AddressInfo).port}`)
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  for (let i = 0; i < 3; i++) await ask(`q${i}.example.org`, { traceparent: `00-${traceId}-00f067aa0ba902b7-01` })
  await vi.waitFor(() => expect(bodies).toHaveLength(3), 10_000)
  for (const [i, body] of bodies.entries()) {
    expect(body).toMatch(/^\/v1\/traces \{"resourceSpans":/)
    expect(body).toContain(`"traceId":"${traceId}","spanId":"`)
    expect(body).toContain('"parentSpanId":"00f067aa0ba902b7","name":"servedns"')
    expect(body).toContain('"name":"template"')
    expect(body).toContain(`q${i}.example.org.`)
  }
  expect(worker.logged.filter((line) => /plugin\/trace/.test(line))).toEqual([])
})

it('a point for each query in the dataset that the Worker is bound to', { timeout: 60_000 }, async () => {
  const folder = folderWith({ Corefile: '. {\n    prometheus\n    whoami\n}\n' })
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const points: unknown[] = []
  const { url, close } = await startWorkerBoundTo(
    folder,
    // A dataset that puts what it gets into the log.
    'export default () => ({ writeDataPoint: (point) => console.log("point " + JSON.stringify(point)) })',
    (line) => {
      if (line.startsWith('point ')) points.push(JSON.parse(line.slice(6)))
    },
  )
  onTestFinished(close)
  for (const name of ['a.example.org', 'b.example.org']) await (await fetch(`${url}/resolve?name=${name}`)).text()
  await vi.waitFor(() => expect(points).toHaveLength(2), 10_000)
  expect(points[1]).toMatchObject({
    indexes: ['.'],
    blobs: [
      'https://:443',
      '.',
      '',
      'https',
      'A',
      'NOERROR',
      'whoami',
      'NOERROR',
      expect.stringMatching(/^[A-Z]{3}$/),
      'b.example.org.',
    ],
  })
})
