import type { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLASS, FLAG, TYPE } from '../../src/dns/constants.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { parseUpstream } from '../../src/upstream/address.ts'
import { exchange } from '../../src/upstream/exchange.ts'
import { Upstream, type UpstreamOptions } from '../../src/upstream/upstream.ts'
import { NetRuntime } from './netruntime.ts'
import { type Asked, pem, scripted, serverTls } from './scripted.ts'

const A = ['www.example.org. 60 IN A 192.0.2.1']
/** The server's certificate is signed by itself. */
const ca = pem('server.cert')

async function ask(address: string, options: UpstreamOptions, times = 1): Promise<string[]> {
  const parsed = parseUpstream(address)
  if (typeof parsed === 'string') throw new Error(parsed)
  const upstream = new Upstream(parsed, new NetRuntime(), options)
  onTestFinished(() => upstream.close())
  const name = parseName('www.example.org')
  const question = { name, type: TYPE.A, class: CLASS.IN, flags: FLAG.RD, dnssecOk: false, options: [] }
  const found: string[] = []
  for (let i = 0; i < times; i++) {
    const { answer } = await exchange(upstream, question, { timeout: 2000 })
    found.push(...answer.flatMap(recordTexts))
  }
  return found
}

describe('tls://', () => {
  it('asks over one verified connection, with ALPN dot', async () => {
    const sockets = new Set<TLSSocket>()
    const server = await scripted(
      (asked) => {
        sockets.add(asked.socket as TLSSocket)
        return asked.reply(A)
      },
      0,
      { ...serverTls(), ALPNProtocols: ['dot'] },
    )
    expect(await ask(`tls://127.0.0.1:${server.port}`, { tls: { ca } }, 3)).toEqual([...A, ...A, ...A])
    expect(sockets.size).toBe(1)
    expect([...sockets][0].alpnProtocol).toBe('dot')
    expect(server.log.every((line) => line.startsWith('tcp'))).toBe(true)
  })

  it('RFC 8467 §4.1: pads queries, which plain upstreams do not need', async () => {
    const sizes: number[] = []
    const script = (asked: Asked): Uint8Array => {
      sizes.push(asked.wire.length)
      return asked.reply(A)
    }
    const [tls, plain] = await Promise.all([scripted(script, 0, serverTls()), scripted(script)])
    await ask(`tls://127.0.0.1:${tls.port}`, { tls: { ca } })
    await ask(plain.address, {})
    expect(sizes).toEqual([128, 44])
  })

  it('wants a certificate for the server name', async () => {
    const names: unknown[] = []
    const server = await scripted(
      (asked) => {
        names.push((asked.socket as TLSSocket & { servername: unknown }).servername)
        return asked.reply(A)
      },
      0,
      serverTls(),
    )
    expect(await ask(`tls://127.0.0.1%localhost:${server.port}`, { tls: { ca } })).toEqual(A)
    expect(names).toEqual(['localhost'])
    await expect(ask(`tls://127.0.0.1%dns.example:${server.port}`, { tls: { ca } })).rejects.toThrow(/dns\.example/)
    await expect(ask(`tls://127.0.0.1:${server.port}`, { tls: { ca, serverName: 'dns.example' } })).rejects.toThrow(
      /dns\.example/,
    )
    expect(server.log).toHaveLength(1)
  })

  it('believes nobody whom it does not know', async () => {
    const server = await scripted((asked) => asked.reply(A), 0, serverTls('stranger'))
    await expect(ask(`tls://127.0.0.1:${server.port}`, { tls: { ca } })).rejects.toThrow(/no connection/)
    const known = await scripted((asked) => asked.reply(A), 0, serverTls())
    await expect(ask(`tls://127.0.0.1:${known.port}`, {})).rejects.toThrow(/no connection/)
  })

  it('shows a certificate of its own where asked to', async () => {
    const server = await scripted((asked) => asked.reply(A), 0, {
      ...serverTls(),
      ca: pem('ca.cert'),
      requestCert: true,
      rejectUnauthorized: true,
    })
    const tls = { ca, cert: pem('client.cert'), key: pem('client.key') }
    expect(await ask(`tls://127.0.0.1:${server.port}`, { tls })).toEqual(A)
  })

  it('does not wait for ever for a handshake', async () => {
    const silent = await scripted(() => undefined)
    const start = Date.now()
    await expect(ask(`tls://127.0.0.1:${silent.port}`, { connectTimeout: 100 })).rejects.toThrow('within 100 ms')
    expect(Date.now() - start).toBeLessThan(1500)
  })
})
