import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { queryOf } from './ask.ts'
import { Load, until } from './steadyload.ts'
import { doh, dot, freePort, makeCertificate, startCoredge, tcp, type Way } from './transports.ts'

/** Listeners that move, split, merge and go while queries come over every transport, quick ones and slow ones. */
const folder = mkdtempSync(join(tmpdir(), 'coredge-reload-'))
/** Answers late. */
let upstream: Socket
beforeAll(async () => {
  upstream = createSocket('udp4')
  upstream.on('message', (query, { port, address }) => {
    query[2] |= 0x80
    setTimeout(() => upstream.send(query, port, address), 700)
  })
  await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve))
})
afterAll(() => {
  upstream.close()
  rmSync(folder, { recursive: true })
})

interface Ports {
  readonly dns: number
  readonly tls: number
  readonly https: number
  readonly other: number
}

/** What a configuration has of its own. */
interface Shape {
  readonly bind?: string
  readonly threads?: number
  readonly cert?: { readonly cert: string; readonly key: string }
  readonly hasMore?: boolean
}

function corefile({ dns, tls, https, other }: Ports, shape: Shape): string {
  const { bind = '127.0.0.1', threads = 1, cert, hasMore = false } = shape
  const common = `bind ${bind}\n${threads > 1 ? `    multisocket ${threads}\n` : ''}`
  const secured = `    tls ${cert?.cert} ${cert?.key}\n`
  const answer = 'template IN A {\n        answer "{{ .Name }} 60 IN A 192.0.2.1"\n    }'
  return `
(quick) {
    ${common}    ${answer}
}
example.org:${dns} {
    import quick
}
slow.test:${dns} {
    ${common}    forward . 127.0.0.1:${upstream.address().port}
}
tls://example.org:${tls} {
    import quick
${secured}}
https://example.org:${https} {
    import quick
${secured}}
${hasMore ? `example.net:${other} {\n    bind 127.0.0.1\n    whoami\n}\n` : ''}`
}

/** Asks over a stream, a new connection for each query, all the time. */
class Streams {
  answered = 0
  /**
   * Connections that were made and came to nothing, which a client tries anew (RFC 7766 §6.2.4): those that the system made for a
   * socket in the very moment in which it was closed.
   */
  broken = 0
  /** What was not answered even then, and connections that could not be made at all. */
  readonly lost: string[] = []
  readonly #connect: (port: number) => Promise<Way>
  readonly #port: number

  constructor(connect: (port: number) => Promise<Way>, port: number) {
    this.#connect = connect
    this.#port = port
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const reply = await this.#ask()
      if (reply instanceof Uint8Array) this.answered++
      else if ((await this.#ask()) instanceof Uint8Array) this.broken++
      else this.lost.push(String(reply))
    }
  }

  async #ask(): Promise<unknown> {
    const way = await this.#connect(this.#port).catch((error: Error) => error)
    if (way instanceof Error) {
      this.lost.push(way.message)
      return undefined
    }
    try {
      return await way.ask(queryOf({ title: '', ask: 'www.example.org A' }, 1))
    } catch (error) {
      return error
    } finally {
      await way.close()
    }
  }
}

it('no reload loses a query, nor a connection that could be kept', { timeout: 60_000 }, async () => {
  const [dns, tls, https, other] = await Promise.all([1, 2, 3, 4].map(() => freePort()))
  const ports = { dns, tls, https, other }
  const certs = ['one', 'two'].map((name) => {
    const own = mkdtempSync(join(folder, name))
    return makeCertificate(own)
  })
  const write = (shape: Shape): void => writeFileSync(join(folder, 'Corefile'), corefile(ports, shape))
  write({ cert: certs[0] })
  const server = await startCoredge(['-conf', 'Corefile'], dns, { cwd: folder })
  const udp = await Promise.all(
    Array.from({ length: 8 }, (_, i) => Load.start(dns, [i < 4 ? 'www.example.org A' : 'n.slow.test A'])),
  )
  const end = new AbortController()
  const streams = [new Streams(tcp, dns), new Streams(tcp, dns), new Streams(dot, tls), new Streams(doh, https)]
  const running = streams.map((stream) => stream.run(end.signal))
  await until(() => udp.every(({ answers }) => answers.length > 20))
  const shapes: Shape[] = [
    { bind: '0.0.0.0', cert: certs[0] },
    { threads: 2, cert: certs[1], hasMore: true },
    { bind: '0.0.0.0', threads: 3, cert: certs[1] },
    { cert: certs[0], hasMore: true },
    { threads: 2, cert: certs[0] },
    { cert: certs[1] },
  ]
  for (const [i, shape] of shapes.entries()) {
    write(shape)
    server.child.kill('SIGUSR1')
    await until(() => server.output().match(/reload: (complete|failed)/g)?.length === i + 1, 15_000)
    const before = udp[4].answers.length
    await until(() => udp[4].answers.length > before + 20, 5000)
  }
  expect(server.output()).not.toMatch(/ERROR|failed/)
  end.abort()
  await Promise.all(udp.map((load) => load.end()))
  await Promise.all(running)
  expect(streams.map(({ lost }) => lost)).toEqual(streams.map(() => []))
  for (const { broken, answered } of streams) expect(broken).toBeLessThan(5 + answered / 500)
  expect(udp.map(({ lost }) => lost)).toEqual(udp.map(() => 0))
  const answers = (loads: readonly Load[]): string[] => [...new Set(loads.flatMap((load) => load.answers))]
  expect(answers(udp.slice(0, 4))).toEqual(['www.example.org. 60 IN A 192.0.2.1'])
  expect(answers(udp.slice(4))).toEqual(['rcode 0'])
  expect(await server.stop()).toBe(0)
})
