import { createSocket } from 'node:dgram'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLASS, FLAG, TYPE } from '../../src/dns/constants.ts'
import type { Message } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { parseUpstream } from '../../src/upstream/address.ts'
import { exchange } from '../../src/upstream/exchange.ts'
import type { Question } from '../../src/upstream/question.ts'
import { Upstream, type UpstreamOptions } from '../../src/upstream/upstream.ts'
import { NetRuntime } from './netruntime.ts'
import { framed, type Script, type Scripted, scripted } from './scripted.ts'

const question = (name: string, over: Partial<Question> = {}): Question => ({
  name: parseName(name),
  type: TYPE.A,
  class: CLASS.IN,
  flags: FLAG.RD,
  dnssecOk: false,
  options: [],
  ...over,
})

function upstreamAt(address: string, options: UpstreamOptions = {}, runtime = new NetRuntime()): Upstream {
  const parsed = parseUpstream(address)
  if (typeof parsed === 'string') throw new Error(parsed)
  const upstream = new Upstream(parsed, runtime, options)
  onTestFinished(() => upstream.close())
  return upstream
}

async function serverWith(script: Script): Promise<{ server: Scripted; upstream: Upstream }> {
  const server = await scripted(script)
  return { server, upstream: upstreamAt(server.address) }
}

const ask = (upstream: Upstream, name = 'www.example.org', over: Partial<Question> = {}): Promise<Message> =>
  exchange(upstream, question(name, over), { timeout: 800 })
const texts = ({ answer }: Message): string[] => answer.flatMap(recordTexts)
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const A = ['www.example.org. 60 IN A 192.0.2.1']

describe('over UDP', () => {
  it('takes the answer to its own question only, and counts the rest', async () => {
    const { upstream } = await serverWith((asked) => [
      asked.reply(['www.example.org. 60 IN A 192.0.2.66'], { id: asked.message.id ^ 1 }),
      asked.reply(['www.example.org. 60 IN A 192.0.2.66'], {
        question: { name: parseName('www.example.com'), type: TYPE.A, class: CLASS.IN },
      }),
      asked.reply(['www.example.org. 60 IN A 192.0.2.66'], {
        question: { name: parseName('www.example.org'), type: TYPE.AAAA, class: CLASS.IN },
      }),
      asked.wire,
      Uint8Array.of(1),
      new Uint8Array(0),
      asked.reply(A),
      asked.reply(A),
    ])
    expect(texts(await ask(upstream))).toEqual(A)
    await sleep(20)
    expect(upstream.counts).toMatchObject({ answered: 1, mismatched: 3, errors: 0 })
    expect(upstream.counts.unwanted).toBeGreaterThanOrEqual(2)
  })

  it('an answer that comes after the time is up is unwanted', async () => {
    const { upstream } = await serverWith(async (asked) => {
      await sleep(120)
      return asked.reply(A)
    })
    await expect(exchange(upstream, question('www.example.org'), { timeout: 40 })).rejects.toThrow('timed out')
    await sleep(150)
    expect(upstream.counts).toMatchObject({ answered: 0, timeouts: 1 })
  })

  it('asks from many ports, under ids that do not repeat', async () => {
    const ids = new Set<number>()
    const { server, upstream } = await serverWith((asked) => {
      ids.add(asked.message.id)
      return asked.reply(A)
    })
    for (let i = 0; i < 64; i++) await ask(upstream, `n${i}.example.org`)
    expect(server.sources.size).toBe(8)
    expect(ids.size).toBeGreaterThan(60)
  })

  it('changes a port that got too many strange messages', async () => {
    const { server, upstream } = await serverWith((asked) => {
      for (let i = 0; i < 17; i++) asked.send(asked.reply(A, { id: (asked.message.id + 1 + i) & 0xffff }))
      return asked.reply(A)
    })
    for (let i = 0; i < 60; i++) await ask(upstream, `n${i}.example.org`)
    expect(server.sources.size).toBeGreaterThan(30)
  })

  it('changes ports as time goes by', async () => {
    const server = await scripted((asked) => asked.reply(A))
    const upstream = upstreamAt(server.address, { expire: 100 })
    for (let i = 0; i < 16; i++) await ask(upstream)
    await sleep(250)
    for (let i = 0; i < 16; i++) await ask(upstream)
    // Eight and eight, unless the system draws one again.
    expect(server.sources.size).toBeGreaterThan(12)
  })

  it('learns from the system that nobody is there', async () => {
    const server = await scripted(() => undefined)
    await server.close()
    await expect(ask(upstreamAt(server.address))).rejects.toThrow(/connection refused$/)
  })

  it('calls a broken message an error', async () => {
    const { upstream } = await serverWith((asked) => asked.reply(A).slice(0, -2))
    await expect(ask(upstream)).rejects.toThrow(/bad answer/)
  })

  it('does not hear what comes from another address', async () => {
    const stranger = createSocket('udp4')
    onTestFinished(() => void stranger.close())
    const { upstream } = await serverWith(async (asked) => {
      const spoofed = asked.reply(['www.example.org. 60 IN A 192.0.2.66'])
      stranger.send(spoofed, Number(asked.from.split(':')[1]), '127.0.0.1')
      await sleep(50)
      return asked.reply(A)
    })
    expect(texts(await ask(upstream))).toEqual(A)
  })
})

describe('TC', () => {
  const cut: Script = (asked) => (asked.over === 'udp' ? asked.reply([], { flags: FLAG.TC }) : asked.reply(A))

  it('fetches the whole over TCP', async () => {
    const { server, upstream } = await serverWith(cut)
    expect(texts(await ask(upstream))).toEqual(A)
    expect(server.log).toEqual(['udp www.example.org. A', 'tcp www.example.org. A'])
    expect(upstream.counts.truncated).toBe(1)
  })

  it('keeps what is cut where the whole is not wanted', async () => {
    const { server, upstream } = await serverWith(cut)
    const message = await exchange(upstream, question('www.example.org'), { timeout: 500, whole: false })
    expect(message.flags & FLAG.TC).toBe(FLAG.TC)
    expect(server.log).toHaveLength(1)
  })

  it('keeps what is cut where TCP fails', async () => {
    const { upstream } = await serverWith((asked) => {
      if (asked.over === 'udp') return asked.reply([], { flags: FLAG.TC })
      asked.socket?.resetAndDestroy()
      return undefined
    })
    expect((await ask(upstream)).flags & FLAG.TC).toBe(FLAG.TC)
  })
})

describe('EDNS', () => {
  it('is left out for a server that does not know it, from then on', async () => {
    const { server, upstream } = await serverWith((asked) =>
      asked.message.edns ? asked.reply([], { rcode: 1, noEdns: true }) : asked.reply(A),
    )
    expect(texts(await ask(upstream))).toEqual(A)
    expect(texts(await ask(upstream))).toEqual(A)
    expect(server.log).toHaveLength(3)
  })

  it('is left out where FORMERR comes without the question', async () => {
    const { upstream } = await serverWith((asked) => {
      if (!asked.message.edns) return asked.reply(A)
      return Uint8Array.of(asked.wire[0], asked.wire[1], 0x80, 0x01, 0, 0, 0, 0, 0, 0, 0, 0)
    })
    expect(texts(await ask(upstream))).toEqual(A)
  })

  it('stays where FORMERR has another reason', async () => {
    const { server, upstream } = await serverWith((asked) => asked.reply([], { rcode: 1, noEdns: true }))
    expect((await ask(upstream)).rcode).toBe(1)
    expect((await ask(upstream)).rcode).toBe(1)
    expect(server.log).toHaveLength(4)
  })
})

describe('over TCP', () => {
  const overTcp = { timeout: 800, overTcp: true }
  const askTcp = (upstream: Upstream, name: string): Promise<Message> => exchange(upstream, question(name), overTcp)

  it('sends queries behind each other on one connection and takes answers in any order', async () => {
    const froms = new Set<string>()
    const { upstream } = await serverWith(async (asked) => {
      froms.add(asked.from)
      await sleep(asked.nth === 0 ? 60 : 5)
      return asked.reply([`${asked.name} 60 IN A 192.0.2.${asked.nth}`])
    })
    const order: string[] = []
    const names = ['slow.example.', 'b.example.', 'c.example.', 'd.example.']
    await Promise.all(
      names.map(async (name) => {
        const message = await askTcp(upstream, name)
        expect(texts(message)[0]).toContain(name)
        order.push(name)
      }),
    )
    expect(froms.size).toBe(1)
    expect(order.at(-1)).toBe('slow.example.')
  })

  it('opens more connections under load, and not too many', async () => {
    const froms = new Set<string>()
    const { upstream } = await serverWith(async (asked) => {
      froms.add(asked.from)
      await sleep(50)
      return asked.reply(A)
    })
    await Promise.all(Array.from({ length: 1000 }, (_, i) => askTcp(upstream, `n${i}.example.`)))
    expect(froms.size).toBe(8)
  })

  it('asks again where a kept connection was closed under it', async () => {
    const { server, upstream } = await serverWith((asked) => {
      if (asked.nth === 1) {
        asked.socket?.destroy()
        return undefined
      }
      return asked.reply(A)
    })
    await askTcp(upstream, 'a.example.')
    expect(texts(await askTcp(upstream, 'b.example.'))).toEqual(A)
    expect(server.log).toEqual(['tcp a.example. A', 'tcp b.example. A', 'tcp b.example. A'])
  })

  it('fails where a new connection is closed', async () => {
    const { server, upstream } = await serverWith((asked) => {
      asked.socket?.resetAndDestroy()
      return undefined
    })
    await expect(askTcp(upstream, 'a.example.')).rejects.toThrow(/connection closed/)
    expect(server.log).toHaveLength(1)
  })

  it('gives up a connection on which nothing comes any more', async () => {
    const froms = new Set<string>()
    const { upstream } = await serverWith((asked) => {
      froms.add(asked.from)
      return froms.size === 1 && asked.nth > 0 ? undefined : asked.reply(A)
    })
    await askTcp(upstream, 'a.example.')
    await expect(exchange(upstream, question('b.example.'), { timeout: 50, overTcp: true })).rejects.toThrow(
      'timed out',
    )
    expect(texts(await askTcp(upstream, 'c.example.'))).toEqual(A)
    expect(froms.size).toBe(2)
  })

  it('takes answers in pieces, and 64 KB', async () => {
    const strings = Array.from(
      { length: 240 },
      (_, i) => `www.example.org. 60 IN TXT "${String(i).padStart(250, 'x')}"`,
    )
    const { upstream } = await serverWith(async (asked) => {
      const octets = framed(asked.reply(strings))
      for (let at = 0; at < octets.length; at += 9000) {
        asked.socket?.write(octets.subarray(at, at + 9000))
        await sleep(2)
      }
      return undefined
    })
    const message = await exchange(upstream, question('www.example.org', { type: TYPE.TXT }), overTcp)
    expect(texts(message)).toHaveLength(240)
  })

  it.each([
    ['a message shorter than a header', Uint8Array.of(0, 3, 1, 2, 3)],
    ['a length of nothing', Uint8Array.of(0, 0)],
  ])('breaks off on %s', async (_, octets) => {
    const { upstream } = await serverWith((asked) => void asked.socket?.write(octets))
    await expect(askTcp(upstream, 'a.example.')).rejects.toThrow(/shorter than a header/)
  })

  it('ignores answers to other questions', async () => {
    const { upstream } = await serverWith((asked) => [
      asked.reply(['a.example. 60 IN A 192.0.2.66'], { id: asked.message.id ^ 1 }),
      asked.reply(['x.example. 60 IN A 192.0.2.66'], {
        question: { name: parseName('x.example'), type: TYPE.A, class: CLASS.IN },
      }),
      asked.reply(['a.example. 60 IN A 192.0.2.1']),
    ])
    expect(texts(await askTcp(upstream, 'a.example.'))).toEqual(['a.example. 60 IN A 192.0.2.1'])
    expect(upstream.counts).toMatchObject({ mismatched: 1, unwanted: 1 })
  })

  it('opens a connection for each query where it cannot be shared, and closes it', async () => {
    const sockets = new Set<unknown>()
    const server = await scripted((asked) => {
      sockets.add(asked.socket)
      return asked.reply(A)
    })
    const upstream = upstreamAt(server.address, {}, new NetRuntime({ perRequestIo: true }))
    for (let i = 0; i < 3; i++) await askTcp(upstream, 'a.example.')
    await sleep(30)
    expect(sockets.size).toBe(3)
    expect([...sockets].every((socket) => (socket as { destroyed: boolean }).destroyed)).toBe(true)
  })

  it.each([
    ['expire', { expire: 100 }],
    ['max_age', { maxAge: 100 }],
  ])('closes connections after %s', async (_, options) => {
    const froms = new Set<string>()
    const server = await scripted((asked) => {
      froms.add(asked.from)
      return asked.reply(A)
    })
    const upstream = upstreamAt(server.address, options)
    await askTcp(upstream, 'a.example.')
    await askTcp(upstream, 'a.example.')
    expect(froms.size).toBe(1)
    await sleep(150)
    await askTcp(upstream, 'a.example.')
    expect(froms.size).toBe(2)
  })

  it('keeps no more idle connections than allowed', async () => {
    const sockets = new Set<{ destroyed: boolean }>()
    const server = await scripted(async (asked) => {
      sockets.add(asked.socket!)
      await sleep(20)
      return asked.reply(A)
    })
    const upstream = upstreamAt(server.address, { maxIdle: 2 })
    await Promise.all(Array.from({ length: 400 }, (_, i) => askTcp(upstream, `n${i}.example.`)))
    await sleep(30)
    expect(sockets.size).toBeGreaterThan(2)
    expect([...sockets].filter((socket) => !socket.destroyed)).toHaveLength(2)
  })
})
