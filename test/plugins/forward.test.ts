import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FLAG } from '../../src/dns/constants.ts'
import { extendedError } from '../../src/dns/edns.ts'
import type { Message } from '../../src/dns/message.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { type Asked, type Scripted, scripted } from '../upstream/scripted.ts'
import { type Answer, faults, type Rig, rig } from './rig.ts'

const A = ['www.example.org. 60 IN A 192.0.2.1']
const OVER_TCP = { peer: { transport: 'tcp' } } as const

const forwarder = (lines: string, runtime = new NetRuntime()): Promise<Rig> => rig(`. {\n${lines}\n}`, { runtime })
const answering = (...records: string[]): Promise<Scripted> => scripted((asked) => asked.reply(records))
const saying = (rcode: number): Promise<Scripted> => scripted((asked) => asked.reply([], { rcode }))
const silent = (): Promise<Scripted> => scripted(() => undefined)
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** An address on loopback where nobody listens. */
async function nobody(): Promise<string> {
  const server = await silent()
  await server.close()
  return server.address
}

describe('one upstream', () => {
  it('passes on answer, rcode and flags', async () => {
    const upstream = await scripted((asked) =>
      asked.name === 'www.example.org.'
        ? asked.reply(A, { flags: FLAG.AA | FLAG.RA | FLAG.AD })
        : asked.reply([], {
            rcode: 3,
            flags: 0,
            authority: ['example.org. 60 IN SOA ns.example.org. h.example.org. 1 2 3 4 5'],
          }),
    )
    const server = await forwarder(`forward . ${upstream.address}`)
    expect(await server.answer('www.example.org', { ad: true })).toMatchObject({
      rcode: 'NOERROR',
      flags: 'aa rd ra ad',
      answer: A,
    })
    expect(await server.answer('no.example.org')).toMatchObject({
      rcode: 'NXDOMAIN',
      flags: 'rd',
      authority: ['example.org. 60 IN SOA ns.example.org. h.example.org. 1 2 3 4 5'],
    })
    expect(upstream.log).toEqual(['udp www.example.org. A', 'udp no.example.org. A'])
  })

  it('asks with an OPT of its own, keeps the client’s options, passes extended errors back', async () => {
    const seen: unknown[] = []
    const upstream = await scripted((asked) => {
      const { edns, flags } = asked.message
      seen.push([edns?.udpSize, edns?.dnssecOk, edns?.options.length, flags])
      return asked.reply(A, { options: [extendedError(18, 'because'), { code: 10, data: new Uint8Array(16) }] })
    })
    const server = await forwarder(`forward . ${upstream.address}`)
    await server.answer('www.example.org', { rd: false })
    const cookie = { code: 10, data: new Uint8Array(8) }
    const { message } = await server.answer('www.example.org', { do: true, cd: true, bufsize: 4096, options: [cookie] })
    expect(seen).toEqual([
      [1232, false, 0, FLAG.AD],
      [1232, true, 0, FLAG.AD | FLAG.RD | FLAG.CD],
    ])
    expect(message.edns?.options.map(({ code }) => code)).toEqual([15])
  })

  it('passes on the options that pass_options names, both ways', async () => {
    const seen: number[][] = []
    const subnet = { code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) }
    const upstream = await scripted((asked) => {
      seen.push(asked.message.edns!.options.map(({ code }) => code))
      return asked.reply(A, { options: [subnet] })
    })
    const server = await forwarder(`forward . ${upstream.address} {\n pass_options subnet 65001\n}`)
    const options = [subnet, { code: 10, data: new Uint8Array(8) }, { code: 65001, data: new Uint8Array(0) }]
    const { message } = await server.answer('www.example.org', { options })
    expect(seen).toEqual([[8, 65001]])
    expect(message.edns?.options).toEqual([subnet])
  })

  it('forwards other classes', async () => {
    const upstream = await scripted((asked) => asked.reply(['version.bind. 0 CH TXT "x"']))
    const server = await forwarder(`forward . ${upstream.address}`)
    expect((await server.answer('version.bind TXT CH')).answer).toEqual(['version.bind. 0 CH TXT "x"'])
  })

  it.each([
    ['AXFR', 'example.org AXFR', {}, 'REFUSED'],
    ['NOTIFY', 'example.org SOA', { opcode: 'NOTIFY' }, 'NOTIMP'],
  ] as const)('does not forward %s', async (_, question, how, rcode) => {
    const upstream = await answering(...A)
    const server = await forwarder(`forward . ${upstream.address}`)
    expect((await server.answer(question, { ...OVER_TCP, ...how })).rcode).toBe(rcode)
    expect(upstream.log).toEqual([])
  })

  it('is asked for names in its zone, but not for exceptions', async () => {
    const upstream = await answering(...A)
    const other = await saying(5)
    const server = await forwarder(
      `forward example.org ${upstream.address} {\n except a.example.org b.example.org\n except example.org\n}\nforward . ${other.address}`,
    )
    for (const name of ['example.org', 'www.EXAMPLE.org', 'x.a.example.org', 'b.example.org', 'example.com'])
      await server.answer(name)
    expect(upstream.log).toEqual(['udp example.org. A'])
    expect(other.log.map((line) => line.toLowerCase())).toEqual([
      'udp www.example.org. a',
      'udp x.a.example.org. a',
      'udp b.example.org. a',
      'udp example.com. a',
    ])
  })

  it('tells metadata which upstream it was, to those who joined too', async () => {
    const upstream = await scripted(async (asked) => {
      await sleep(20)
      return asked.reply(A)
    })
    const server = await forwarder(`metadata\nlog . "from {/forward/upstream}"\nforward . ${upstream.address}`)
    await Promise.all([server.answer('www.example.org'), server.answer('www.example.org')])
    expect((server.runtime as NetRuntime).logged).toEqual(Array(2).fill(`[INFO] from ${upstream.address}`))
  })
})

describe('identical questions at one time', () => {
  const slow = (ms: number): Promise<Scripted> =>
    scripted(async (asked) => {
      await sleep(ms)
      return asked.reply([`${asked.name} 60 IN A 192.0.2.1`])
    })

  it('are one upstream query, for 10,000 clients', async () => {
    // The queries all come before anything is read, however soon the upstream answers.
    const upstream = await slow(1)
    const server = await forwarder(`forward . ${upstream.address}`)
    const names = ['www.example.org', 'WWW.example.org']
    const ways = [{}, { bufsize: 1232 }, { bufsize: 4096 }, OVER_TCP, { ad: true }]
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, i) => server.answer(names[i % 2], ways[i % 5])),
    )
    expect(upstream.log).toHaveLength(1)
    expect(answers.every(({ answer }) => answer.length === 1)).toBe(true)
  })

  it('differ by type, class, RD, CD and DO, not by transport and size', async () => {
    const upstream = await slow(50)
    const server = await forwarder(`forward . ${upstream.address}`)
    await Promise.all([
      server.answer('x'),
      server.answer('x AAAA'),
      server.answer('x A CH'),
      server.answer('x', { rd: false }),
      server.answer('x', { cd: true }),
      server.answer('x', { do: true }),
      server.answer('x', OVER_TCP),
      server.answer('x', { bufsize: 4096 }),
      server.answer('x', { ad: true }),
    ])
    expect(upstream.log).toHaveLength(6)
  })

  it('get the whole where one of them can take it', async () => {
    const upstream = await scripted(async (asked) => {
      await sleep(20)
      return asked.over === 'udp' ? asked.reply([], { flags: FLAG.TC }) : asked.reply(A)
    })
    const server = await forwarder(`forward . ${upstream.address}`)
    const [small, large, tcp] = await Promise.all([
      server.answer('www.example.org'),
      server.answer('www.example.org', { bufsize: 4096 }),
      server.answer('www.example.org', OVER_TCP),
    ])
    expect([small.answer, large.answer, tcp.answer]).toEqual([A, A, A])
    expect(upstream.log).toEqual(['udp www.example.org. A', 'tcp www.example.org. A'])
  })

  it('are asked each for itself where promises cannot be shared', async () => {
    const upstream = await slow(30)
    const runtime = new NetRuntime({ perRequestIo: true })
    const server = await forwarder(`forward . ${upstream.address}`, runtime)
    await Promise.all([server.answer('x'), server.answer('x')])
    expect(upstream.log).toHaveLength(2)
  })
})

describe('transport', () => {
  const both = (): Promise<Scripted> =>
    scripted((asked) =>
      asked.name === 'big.' && asked.over === 'udp' ? asked.reply([], { flags: FLAG.TC }) : asked.reply(A),
    )
  const cases: [property: string, client: object, log: string[]][] = [
    ['', {}, ['udp x. A']],
    ['', OVER_TCP, ['tcp x. A']],
    ['', { peer: { transport: 'https' } }, ['tcp x. A']],
    ['force_tcp', {}, ['tcp x. A']],
    ['prefer_udp', OVER_TCP, ['udp x. A']],
    ['force_tcp\nprefer_udp', {}, ['tcp x. A']],
  ]
  it.each(cases)('%j, client %j', async (property, client, log) => {
    const upstream = await both()
    const server = await forwarder(`forward . ${upstream.address} {\n${property}\n}`)
    await server.answer('x', client)
    expect(upstream.log).toEqual(log)
  })

  it.each([
    ['passes TC on to a client that takes no more', {}, ['udp big. A'], 'tc rd'],
    ['fetches the whole for a client that takes more', { bufsize: 4096 }, ['udp big. A', 'tcp big. A'], 'rd ra'],
  ] as const)('%s', async (_, client, log, flags) => {
    const upstream = await both()
    const server = await forwarder(`forward . ${upstream.address}`)
    expect((await server.answer('big', client)).flags).toBe(flags)
    expect(upstream.log).toEqual(log)
  })

  it('prefer_udp fetches the whole over TCP for a client on TCP', async () => {
    const upstream = await both()
    const server = await forwarder(`forward . ${upstream.address} {\n prefer_udp\n}`)
    expect((await server.answer('big', OVER_TCP)).answer).toEqual(A)
    expect(upstream.log).toEqual(['udp big. A', 'tcp big. A'])
  })

  it('sends from source_address', async () => {
    const froms: string[] = []
    const upstream = await scripted((asked) => {
      froms.push(asked.from.split(':')[0])
      return asked.reply(A)
    })
    const server = await forwarder(`forward . ${upstream.address} {\n source_address 127.0.0.9\n}`)
    await server.answer('x')
    await server.answer('x', OVER_TCP)
    expect(froms).toEqual(['127.0.0.9', '127.0.0.9'])
  })
})

describe('policy', () => {
  async function counts(policy: string, queries: number): Promise<number[]> {
    const upstreams = await Promise.all([answering(...A), answering(...A), answering(...A)])
    const server = await forwarder(
      `forward . ${upstreams.map(({ address }) => address).join(' ')} {\n policy ${policy}\n}`,
    )
    for (let i = 0; i < queries; i++) await server.answer(`n${i}`)
    return upstreams.map(({ log }) => log.length)
  }

  it('sequential asks the first', async () => {
    expect(await counts('sequential', 6)).toEqual([6, 0, 0])
  })
  it('round_robin asks each in turn', async () => {
    expect(await counts('round_robin', 6)).toEqual([2, 2, 2])
  })
  it('random asks all', async () => {
    const found = await counts('random', 60)
    expect(Math.min(...found)).toBeGreaterThan(4)
  })
})

describe('other upstreams', () => {
  const sequential = (addresses: string[], properties = ''): Promise<Rig> =>
    forwarder(`forward . ${addresses.join(' ')} {\n policy sequential\n read_timeout 100ms\n ${properties}\n}`)

  it('are asked when one is closed, silent, or talks nonsense', async () => {
    const garbage = await scripted((asked) => asked.reply(A).slice(0, -3))
    const mute = await silent()
    const good = await answering(...A)
    const server = await sequential([await nobody(), garbage.address, mute.address, good.address])
    expect((await server.answer('www.example.org')).answer).toEqual(A)
    expect(garbage.log[0]).toBe('udp www.example.org. A')
    expect(good.log).toHaveLength(1)
    expect(mute.log.length).toBeGreaterThan(0)
  })

  it('are asked for rcodes in failover; the last answer stands', async () => {
    const [servfail, refused, good] = await Promise.all([saying(2), saying(5), answering(...A)])
    const addresses = [servfail.address, refused.address, good.address]
    expect((await (await sequential(addresses, 'failover ServFail REFUSED')).answer('a')).answer).toEqual(A)
    expect((await (await sequential(addresses)).answer('a')).rcode).toBe('SERVFAIL')
    expect((await (await sequential(addresses.slice(0, 2), 'failover SERVFAIL REFUSED')).answer('a')).rcode).toBe(
      'REFUSED',
    )
  })

  it('that fail do not hide an answer that came before', async () => {
    const servfail = await saying(2)
    const server = await sequential([servfail.address, await nobody()], 'failover SERVFAIL')
    const { rcode, errors } = await server.answer('a', { do: true })
    expect([rcode, errors]).toEqual(['SERVFAIL', []])
  })

  it('a late answer from one that was given up still counts', async () => {
    const slow = await scripted(async (asked) => {
      await sleep(150)
      return asked.reply(A)
    })
    const mute = await silent()
    const server = await sequential([slow.address, mute.address])
    expect((await server.answer('www.example.org')).answer).toEqual(A)
    expect(mute.log.length).toBeGreaterThan(0)
  })
})

describe('next', () => {
  const chain = async (property: string, first: (asked: Asked) => Uint8Array): Promise<Answer> => {
    const upstream = await scripted(first)
    const fallback = await answering(...A)
    const server = await forwarder(
      `forward . ${upstream.address} {\n${property}\n}\nforward . ${fallback.address} {\n next NOERROR\n}`,
    )
    return server.answer('www.example.org')
  }
  const empty = (rcode: number) => (asked: Asked) => asked.reply([], { rcode })

  it.each([
    ['next NXDOMAIN', 3, A],
    ['next NXDOMAIN REFUSED\nnext SERVFAIL', 2, A],
    ['next NXDOMAIN', 2, []],
    ['next_on_nodata', 0, A],
    ['next_on_nodata', 3, []],
    ['', 3, []],
  ] as const)('%j after rcode %i', async (property, rcode, answer) => {
    expect((await chain(property, empty(rcode))).answer).toEqual(answer)
  })

  it('next_on_nodata leaves answers alone', async () => {
    const other = 'www.example.org. 5 IN A 192.0.2.9'
    expect((await chain('next_on_nodata', (asked) => asked.reply([other]))).answer).toEqual([other])
  })
})

describe('when nothing comes', () => {
  it('answers SERVFAIL with the reason, and without the upstream’s address', async () => {
    const mute = await silent()
    const timedOut = await forwarder(`errors\nforward . ${mute.address} {\n read_timeout 50ms\n}`)
    const late = await timedOut.answer('www.example.org', { do: true })
    expect([late.rcode, late.errors]).toEqual(['SERVFAIL', ['22 timed out']])
    expect((timedOut.runtime as NetRuntime).logged.join()).toMatch(
      /plugin\/errors: 2 www\.example\.org\. A: .*127\.0\.0\.1:\d+: i\/o timeout/,
    )
    const refusing = await forwarder(`forward . ${await nobody()}`)
    const refused = await refusing.answer('www.example.org', { do: true })
    expect(refused.rcode).toBe('SERVFAIL')
    expect(refused.errors[0]).toMatch(/^23 (?!.*127\.0)/)
  })

  it('tries as often as max_connect_attempts says, but never longer than the client waits', async () => {
    const tries = async (property: string): Promise<number> => {
      const mute = await silent()
      const server = await forwarder(`forward . ${mute.address} {\n read_timeout 40ms\n max_fails 0\n${property}\n}`)
      await server.answer('x')
      return mute.log.length
    }
    expect(await tries('')).toBe(2)
    expect(await tries('max_connect_attempts 1')).toBe(1)
    expect(await tries('max_connect_attempts 5')).toBe(5)
  })

  it('max_connect_attempts 0 goes on, with pauses, until the client has no more patience', async () => {
    const server = await forwarder(`forward . ${await nobody()} {\n max_connect_attempts 0\n max_fails 0\n}`)
    const start = Date.now()
    expect((await server.answer('x')).rcode).toBe('SERVFAIL')
    const took = Date.now() - start
    expect(took).toBeGreaterThan(4000)
    expect(took).toBeLessThan(5000)
  }, 8000)
})

describe('all that is asked for one client takes less than five seconds', () => {
  const timed = async (lines: string, runtime?: NetRuntime): Promise<[string, number]> => {
    const server = await forwarder(lines, runtime)
    const start = Date.now()
    return [(await server.answer('x.example.org')).rcode, Date.now() - start]
  }

  it('by one forward after the other', async () => {
    const slow = await scripted(async (asked) => {
      await sleep(1800)
      return asked.reply([], { rcode: 3 })
    })
    const mute = await silent()
    const [rcode, took] = await timed(`forward . ${slow.address} {\n next NXDOMAIN\n}\nforward . ${mute.address}`)
    expect([rcode, took < 5000]).toEqual(['SERVFAIL', true])
  })

  it('by a search for several names', async () => {
    const mute = await silent()
    const runtime = new NetRuntime({ files: { 'resolv.conf': 'search example.org example.net example.com' } })
    const [rcode, took] = await timed(`autopath resolv.conf\nforward . ${mute.address} {\n max_fails 0\n}`, runtime)
    expect([rcode, took < 5000]).toEqual(['SERVFAIL', true])
  })

  it('however many join meanwhile', async () => {
    const mute = await silent()
    const server = await forwarder(`forward . ${mute.address} {\n max_connect_attempts 0\n max_fails 0\n}`)
    const start = Date.now()
    const first = server.answer('x')
    for (let i = 0; i < 40; i++) {
      void server.answer('x')
      await sleep(100)
    }
    expect((await first).rcode).toBe('SERVFAIL')
    expect(Date.now() - start).toBeLessThan(5000)
  })
})

describe('max_concurrent', () => {
  it('refuses what is above it', async () => {
    const upstream = await scripted(async (asked) => {
      await sleep(60)
      return asked.reply(A)
    })
    const server = await forwarder(`forward . ${upstream.address} {\n max_concurrent 2\n}`)
    const rcodes = await Promise.all(['a', 'b', 'c', 'a', 'd'].map(async (name) => (await server.answer(name)).rcode))
    expect(rcodes).toEqual(['NOERROR', 'NOERROR', 'REFUSED', 'NOERROR', 'REFUSED'])
    expect((await server.answer('e')).rcode).toBe('NOERROR')
  })
})

describe('health', () => {
  it('leaves out an upstream that is down, notices its return, and asks as configured', async () => {
    const flaky = await scripted((asked) => (asked.type === 'NS' || alive ? asked.reply(A) : undefined))
    let alive = false
    const probes: Message[] = []
    const dead = await scripted((asked) => {
      if (asked.type !== 'NS') return alive ? asked.reply(A) : undefined
      probes.push(asked.message)
      return alive ? asked.reply([], { rcode: 5 }) : undefined
    })
    await flaky.close()
    const good = await answering(...A)
    const server = await forwarder(
      `forward . ${dead.address} ${good.address} {\n policy sequential\n read_timeout 60ms\n max_fails 1\n health_check 100ms no_rec domain example.net\n}`,
    )
    expect((await server.answer('a')).answer).toEqual(A)
    await sleep(1300)
    const before = dead.log.filter((line) => line.endsWith(' A')).length
    await server.answer('b')
    expect(dead.log.filter((line) => line.endsWith(' A'))).toHaveLength(before)
    expect(probes[0].flags & FLAG.RD).toBe(0)
    expect(dead.log).toContain('udp example.net. NS')
    alive = true
    await sleep(1700)
    await server.answer('c')
    expect(dead.log.at(-1)).toBe('udp c. A')
  }, 8000)

  it('tries one at random when all are down, or none with failfast_all_unhealthy_upstreams', async () => {
    const run = async (property: string): Promise<[Answer, number]> => {
      const address = await nobody()
      const server = await forwarder(`forward . ${address} {\n max_fails 1\n health_check 100ms\n${property}\n}`)
      await server.answer('a')
      await sleep(100)
      const start = Date.now()
      return [await server.answer('b', { do: true }), Date.now() - start]
    }
    const [tried] = await run('')
    expect(tried.errors[0]).toMatch(/connection refused$/)
    const [failed] = await run('failfast_all_unhealthy_upstreams')
    expect([failed.rcode, failed.errors]).toEqual(['SERVFAIL', ['22 no upstream is healthy']])
  })
})

describe('hedging', () => {
  it('sends a lost query again before the timeout', async () => {
    const upstream = await scripted((asked) => (asked.nth === 1 ? undefined : asked.reply(A)))
    const server = await forwarder(`forward . ${upstream.address}`)
    await server.answer('a')
    const start = Date.now()
    expect((await server.answer('b')).answer).toEqual(A)
    expect(Date.now() - start).toBeLessThan(1900)
    // The upstream is looked at meanwhile.
    expect(upstream.log).toEqual(['udp a. A', 'udp b. A', 'udp . NS', 'udp b. A'])
  })

  it('does not send everything twice when an upstream is slow', async () => {
    const upstream = await scripted(async (asked) => {
      if (asked.nth > 0) await sleep(500)
      return asked.reply(A)
    })
    const server = await forwarder(`forward . ${upstream.address}`)
    await server.answer('first')
    await Promise.all(Array.from({ length: 100 }, (_, i) => server.answer(`n${i}`)))
    expect(upstream.log.length).toBeLessThan(1 + 100 + 25)
  })
})

describe('upstreams by file and name', () => {
  it('reads resolv.conf files', async () => {
    const upstream = await answering(...A)
    const runtime = new NetRuntime({ files: { 'resolv.conf': '# nameserver 192.0.2.1\nnameserver 127.0.0.1%lo\n' } })
    // Port 53 is not ours to bind, so only the address can be seen: in the error.
    const server = await forwarder('errors\nforward . resolv.conf', runtime)
    await server.answer('a')
    expect(runtime.logged.join()).toMatch(/127\.0\.0\.1:53/)
    expect(upstream.log).toEqual([])
  })

  it('looks up host names with the servers given, or as the system does', async () => {
    const upstream = await answering(...A)
    const resolver = await scripted((asked) =>
      asked.type === 'A' ? asked.reply([`${asked.name} 60 IN A 127.0.0.1`]) : asked.reply([]),
    )
    const byServer = await forwarder(
      `forward . dns.example:${upstream.port} {\n resolver ${await nobody()} ${resolver.address}\n}`,
    )
    expect((await byServer.answer('www.example.org')).answer).toEqual(A)
    expect(resolver.log.sort()).toEqual(['udp dns.example. A', 'udp dns.example. AAAA'])
    const runtime = new NetRuntime()
    runtime.lookup = async (host) => (host === 'dns.example' ? ['127.0.0.1'] : [])
    const bySystem = await forwarder(`forward . dns.example:${upstream.port}`, runtime)
    expect((await bySystem.answer('www.example.org')).answer).toEqual(A)
  })

  it('does not start where a name has no address', async () => {
    const resolver = await saying(3)
    await expect(forwarder(`forward . dns.example {\n resolver ${resolver.address}\n}`)).rejects.toThrow(
      'Corefile:2:1: forward: cannot look up dns.example: no addresses found for "dns.example"',
    )
    const runtime = new NetRuntime()
    runtime.lookup = () => Promise.reject(new Error('no such host'))
    await expect(forwarder('forward . dns.example', runtime)).rejects.toThrow(
      /^Corefile:\d+:\d+: forward: cannot look up dns\.example: no such host$/,
    )
  })
})

describe('setup', () => {
  const good = [
    'forward . 127.0.0.1',
    'forward . 127.0.0.1:53 [2001:db8::1]:53 2001:db8::1 dns://192.0.2.1 tls://192.0.2.1%dns.example https://192.0.2.1',
    'forward 10.9.3.0/18 127.0.0.1',
    'forward . 127.0.0.1 {\n health_check 0.5s no_rec domain example.org\n max_fails 0\n expire 5s\n max_age 10s\n}',
    'forward . 127.0.0.1 {\n max_idle_conns 0\n max_concurrent 0\n read_timeout 1ms\n doh_method GET\n}',
    'forward . tls://192.0.2.1 {\n tls\n tls_servername dns.example\n}',
    'forward com 127.0.0.1\nforward org 127.0.0.2',
    `forward . ${Array.from({ length: 15 }, (_, i) => `192.0.2.${i}`).join(' ')}`,
  ]
  it.each(good)('takes %s', async (lines) => {
    expect(await faults(`. {\n${lines}\n}`, { runtime: new NetRuntime() })).toBe('')
  })

  const bad: [lines: string, message: RegExp][] = [
    ['forward', /2:1: forward: .*from/],
    ['forward .', /2:1: forward: .*to/],
    [`forward ${'x'.repeat(64)} 127.0.0.1`, /2:9: forward: .*63 octets/],
    ['forward . 127.0.0.1 {\n blaatl\n}', /3:2: forward: unknown property.*"blaatl"/],
    ['forward . 127.0.0.1 {\n policy random2\n}', /3:9: forward: policy: .*"random2"/],
    ['forward . 127.0.0.1 {\n max_fails -1\n}', /3:12: forward: max_fails: count must not be negative/],
    ['forward . 127.0.0.1 {\n read_timeout 0s\n}', /3:15: forward: read_timeout: duration must be at least 1ms/],
    ['forward . 127.0.0.1 {\n expire 30s\n max_age 10s\n}', /4:2: forward: max_age: must not be less than expire/],
    ['forward . 127.0.0.1 {\n health_check no_rec\n}', /3:15: forward: health_check: interval must be a duration/],
    ['forward . 127.0.0.1 {\n health_check 1s rec\n}', /3:18: forward: health_check: unknown option, got "rec"/],
    ['forward . 127.0.0.1 {\n health_check 1s domain\n}', /3:18: forward: health_check: domain needs a name/],
    ['forward . 127.0.0.1 {\n health_check 1s domain a..b\n}', /3:25: forward: health_check: bad domain: empty label/],
    ['forward . 127.0.0.1 {\n failover NOERROR\n}', /3:11: forward: failover: NOERROR is no failure/],
    ['forward . 127.0.0.1 {\n next NXDOMAIN BLURB\n}', /3:16: forward: next: rcode must be a response code/],
    [
      'forward . 127.0.0.1 {\n source_address localhost\n}',
      /3:17: forward: source_address: address must be an IP address/,
    ],
    ['forward . 127.0.0.1 {\n resolver dns.example\n}', /3:11: forward: resolver: must be an address/],
    ['forward . 127.0.0.1 {\n pass_options padding\n}', /3:15: forward: pass_options: option must be subnet/],
    ['forward . 127.0.0.1 {\n pass_options 10\n}', /3:15: forward: pass_options: option must be one that may leave/],
    ['forward . 127.0.0.1 {\n tls a b c d\n}', /3:12: forward: tls: takes \[CERT KEY\] \[CA\]/],
    ['forward . 127.0.0.1 {\n tls nothing.pem\n}', /forward: tls: cannot read nothing\.pem/],
    ['forward . tls://127.0.0.1%a {\n tls_servername b\n}', /2:11: forward: "tls:\/\/127\.0\.0\.1%a" names the server/],
    ['forward . quic://127.0.0.1', /2:11: forward: quic is not supported/],
    ['forward . https://127.0.0.1/', /2:11: forward: the path \/ is not allowed/],
    ['forward . a27.0.0.1', /2:11: forward: upstream must be an address, a file or a host name, got "a27\.0\.0\.1"/],
    ['forward . /no/such.conf', /2:11: forward: cannot read \/no\/such\.conf/],
    ['forward . empty.conf', /2:1: forward: no upstreams/],
    ['forward . odd.conf', /2:11: forward: nameserver in odd\.conf must be an address, got "ns\.example"/],
    [`forward . ${Array.from({ length: 16 }, (_, i) => `192.0.2.${i}`).join(' ')}`, /2:1: forward: takes at most 15/],
  ]
  it.each(bad)('refuses %s', async (lines, message) => {
    const files = { 'empty.conf': '# nameserver 192.0.2.1\n', 'odd.conf': 'nameserver ns.example\n' }
    expect(await faults(`. {\n${lines}\n}`, { runtime: new NetRuntime({ files }) })).toMatch(message)
  })

  const unreachable: [lines: string, message: RegExp][] = [
    [
      'forward . 1.1.1.1',
      /2:11: forward: a Worker cannot connect to Cloudflare's own addresses: use https:\/\/1\.1\.1\.1/,
    ],
    ['forward . tls://[2606:4700:4700::1111]', /2:11: forward: .*Cloudflare's own addresses/],
    ['forward . tls://one.one.one.one', /2:11: forward: .*Cloudflare's own addresses/],
    ['forward . tls://192.0.2.1%cloudflare-dns.com', /2:11: forward: .*Cloudflare's own addresses/],
    [
      'forward . tls://192.0.2.1 {\n tls_servername security.cloudflare-dns.com\n}',
      /2:11: forward: .*Cloudflare's own/,
    ],
    ['forward . resolv.conf', /2:11: forward: .*Cloudflare's own addresses: use https:\/\/1\.0\.0\.1/],
    ['forward . 8.8.8.8:25', /2:11: forward: a Worker cannot connect to port 25/],
  ]
  it.each(unreachable)('a Worker cannot reach %s', async (lines, message) => {
    const files = { 'resolv.conf': 'nameserver 8.8.8.8\nnameserver 1.0.0.1\n' }
    const runtime = new NetRuntime({ name: 'workers', perRequestIo: true, files })
    expect(await faults(`. {\n${lines}\n}`, { runtime })).toMatch(message)
  })

  it.each([
    [
      'forward . https://1.1.1.1 https://one.one.one.one 8.8.8.8 10.0.0.1',
      [/2:59: .*private and local addresses, got "10\.0\.0\.1"/],
    ],
    ['forward . https://10.0.0.1', [/private and local addresses/]],
    ['forward . tls://10.0.0.1%dns.example', []],
    [
      'forward . 8.8.8.8 {\n expire 1s\n max_age 1m\n max_idle_conns 1\n}',
      [/3:2: .*expire/, /4:2: .*max_age/, /5:2: .*max_idle_conns/],
    ],
    [
      'forward . 8.8.8.8 {\n source_address 192.0.2.1\n prefer_udp\n}',
      [/4:2: .*prefer_udp: has no effect/, /3:2: .*source_address/],
    ],
    ['forward . tls://8.8.8.8 {\n tls ca.pem\n}', [/3:2: .*tls: its files have no effect/]],
    ['forward . tls://8.8.8.8 {\n tls\n max_fails 3\n health_check 1s\n max_concurrent 9\n}', []],
  ] as [string, RegExp[]][])('a Worker is built with %s', async (lines, warnings) => {
    const runtime = new NetRuntime({ name: 'workers', perRequestIo: true, files: { 'ca.pem': '' } })
    const server = await rig(`. {\n${lines}\n}`, { runtime })
    expect(server.instance.warnings).toEqual(warnings.map((warning) => expect.stringMatching(warning)))
  })
})

describe('where requests may end without a word', () => {
  it('what is left of them does not count for ever', async () => {
    const upstream = await scripted((asked) => (asked.name === 'd.' ? asked.reply(A) : undefined))
    const runtime = new NetRuntime({ name: 'workers', perRequestIo: true })
    const properties = 'max_concurrent 2\nmax_fails 0\nread_timeout 300ms\nmax_connect_attempts 1'
    const server = await forwarder(`forward . ${upstream.address} {\n ${properties}\n}`, runtime)
    const abandoned = [server.answer('a'), server.answer('b')]
    expect((await server.answer('c')).rcode).toBe('REFUSED')
    const later = performance.now() + 10_000
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => later)
    onTestFinished(() => clock.mockRestore())
    expect((await server.answer('d')).answer).toEqual(A)
    clock.mockRestore()
    await Promise.all(abandoned)
    expect((await server.answer('d')).answer).toEqual(A)
  })

  it('an upstream that fails is passed over for a while', async () => {
    const good = await answering(...A)
    const dead = await nobody()
    const runtime = new NetRuntime({ name: 'workers', perRequestIo: true })
    const lines = `forward . ${dead} ${good.address} {\n policy sequential\n health_check 200ms\n}`
    const server = await forwarder(`errors\n${lines}`, runtime)
    const tries = (): number =>
      runtime
        .measured('coredns_proxy_healthcheck_failures_total')
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    for (let i = 0; i < 5; i++) expect((await server.answer('a')).answer).toEqual(A)
    expect(tries()).toBe(2)
    await sleep(250)
    await server.answer('a')
    expect(tries()).toBe(3)
  })
})

describe('metrics', () => {
  it('tell of upstreams, sockets and strange messages', async () => {
    const upstream = await scripted((asked) => [
      asked.reply([], { id: asked.message.id ^ 1 }),
      asked.name === 'no.' ? asked.reply([], { rcode: 3 }) : asked.reply(A),
    ])
    const server = await forwarder(`forward . ${upstream.address}`)
    for (let i = 0; i < 10; i++) await server.answer(`n${i}`)
    await server.answer('no')
    await server.answer('a', OVER_TCP)
    await server.answer('b', OVER_TCP)
    const runtime = server.runtime as NetRuntime
    expect(
      runtime.measured('coredns_proxy_').filter((line) => !line.includes('_bucket') && !line.includes('_sum')),
    ).toEqual([
      'coredns_proxy_conn_cache_hits_total{proto="tcp",proxy_name="forward",to="HERE"} 1',
      'coredns_proxy_conn_cache_hits_total{proto="udp",proxy_name="forward",to="HERE"} 3',
      'coredns_proxy_conn_cache_misses_total{proto="tcp",proxy_name="forward",to="HERE"} 1',
      'coredns_proxy_conn_cache_misses_total{proto="udp",proxy_name="forward",to="HERE"} 8',
      'coredns_proxy_healthcheck_failures_total{proxy_name="forward",to="HERE"} 0',
      'coredns_proxy_mismatched_total{proxy_name="forward",to="HERE"} 0',
      'coredns_proxy_request_duration_seconds_count{proxy_name="forward",rcode="NOERROR",to="HERE"} 12',
      'coredns_proxy_request_duration_seconds_count{proxy_name="forward",rcode="NXDOMAIN",to="HERE"} 1',
      'coredns_proxy_truncated_total{proxy_name="forward",to="HERE"} 0',
      'coredns_proxy_unwanted_total{proxy_name="forward",to="HERE"} 13',
    ])
    // CoreDNS's names of old, which dashboards use.
    const isOld = (line: string): boolean => line.includes('to="HERE"') && !/_(bucket|sum)\{/.test(line)
    expect(runtime.measured('coredns_forward_').filter(isOld)).toEqual([
      'coredns_forward_healthcheck_failures_total{to="HERE"} 0',
      'coredns_forward_request_duration_seconds_count{rcode="NOERROR",to="HERE"} 12',
      'coredns_forward_request_duration_seconds_count{rcode="NXDOMAIN",to="HERE"} 1',
      'coredns_forward_requests_total{to="HERE"} 13',
      'coredns_forward_responses_total{rcode="NOERROR",to="HERE"} 12',
      'coredns_forward_responses_total{rcode="NXDOMAIN",to="HERE"} 1',
    ])
  })

  it('tell of queries that were refused, hedged, or met no upstream', async () => {
    const server = await forwarder(
      `forward . ${await nobody()} {\n max_fails 1\n max_concurrent 1\n health_check 100ms\n}`,
    )
    await Promise.all([server.answer('a'), server.answer('b')])
    await sleep(150)
    await server.answer('c')
    const measured = (server.runtime as NetRuntime).measured('coredns_forward_')
    expect(measured.filter((line) => !line.includes('to="HERE"'))).toEqual([
      'coredns_forward_healthcheck_broken_total 1',
      'coredns_forward_hedges_total 0',
      'coredns_forward_max_concurrent_rejects_total 1',
    ])
  })
})

describe('stop', () => {
  it('answers what is under way first', async () => {
    const upstream = await scripted(async (asked) => {
      await sleep(80)
      return asked.reply(A)
    })
    const server = await forwarder(`forward . ${upstream.address}`)
    const answer = server.answer('www.example.org')
    await server.stop()
    expect((await answer).answer).toEqual(A)
  })
})

it.each<[string, RegExp[]]>([
  ['bind 0.0.0.0 ::', [/^Corefile:3:1: forward: with bind 0\.0\.0\.0 :: everybody .* say by acl who may$/]],
  ['bind 127.0.0.1', []],
  ['bind ::\nacl {\nallow net 192.0.2.0/24\nblock\n}', []],
])('%j: a resolver for everybody is told', async (lines, warnings) => {
  const { instance } = await rig(`. {\n${lines}\nforward . 192.0.2.1\n}`)
  expect(instance.warnings).toEqual(warnings.map((warning) => expect.stringMatching(warning)))
})
