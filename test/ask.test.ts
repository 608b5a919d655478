import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Tap } from '../src/capabilities.ts'
import { RCODE } from '../src/dns/constants.ts'
import { EDE } from '../src/dns/edns.ts'
import { rcodeName } from '../src/dns/rdata/registry.ts'
import type { Handler } from '../src/plugin.ts'
import { Reply } from '../src/reply.ts'
import { Server } from '../src/server.ts'
import { UpstreamError } from '../src/upstream/error.ts'
import { answering, ask, block, queryOf, STREAM, words } from './servedblock.ts'

it('refuses what no block is for, and says why to those who can hear it', async () => {
  const server = new Server([block('example.org.'), block('empty.test.', { handler: undefined })])
  for (const name of ['www.example.net.', 'org.', '.', 'www.empty.test.']) {
    expect(await ask(server, name)).toBe('REFUSED')
    expect(await ask(server, `${name} +edns`)).toBe(`REFUSED ${EDE.NOT_AUTHORITATIVE}`)
  }
})

describe('classes', () => {
  const open = block('open.test.', { anyClass: true })
  const server = new Server([block('example.org.'), open])
  it.each([
    ['example.org. TXT CH', 'REFUSED'],
    ['example.org. TXT HS', 'REFUSED'],
    ['example.org. TXT NONE', 'REFUSED'],
    ['example.org. TXT ANY', 'REFUSED'],
    ['example.org. TXT CLASS0', 'REFUSED'],
    ['open.test. TXT CH', 'open.test.'],
    ['open.test. TXT IN', 'open.test.'],
  ])('%s: %s', async (question, expected) => {
    expect(await ask(server, question)).toBe(expected)
  })
})

describe('types that nobody can ask for', () => {
  const handler = vi.fn(answering('asked'))
  const server = new Server([block('example.org.', { handler })])
  afterEach(() => handler.mockClear())

  it.each([
    ['TYPE0', 'FORMERR 30'],
    ['TYPE41', 'FORMERR 30'],
    ['TYPE128', 'FORMERR 30'],
    ['TYPE249', 'FORMERR 30'],
    ['TYPE250', 'FORMERR 30'],
    ['TYPE253', 'NOTIMP'],
    ['TYPE254', 'NOTIMP'],
  ])('%s: %s', async (type, expected) => {
    expect(await ask(server, `example.org. ${type} +edns`)).toBe(expected)
    expect(handler).not.toHaveBeenCalled()
  })

  it.each(['IXFR', 'AXFR', 'ANY', 'TYPE127', 'TYPE256', 'TYPE65535'])('%s is not one of them', async (type) => {
    expect(await ask(server, `example.org. ${type}`)).toBe('asked')
  })
})

it('answers versions of EDNS to come with BADVERS, whatever is asked', async () => {
  const server = new Server([block('example.org.')])
  for (const question of ['example.org.', 'nowhere.test.', 'example.org. TXT CH', 'example.org. TYPE41'])
    expect(await ask(server, `${question} +edns=1`)).toBe('BADVERS')
})

describe('a plugin that', () => {
  const faults: [string, Handler, string][] = [
    [
      'throws',
      () => {
        throw new Error('boom')
      },
      'Error: boom',
    ],
    ['rejects', () => Promise.reject(new Error('boom')), 'Error: boom'],
    ['throws no error', () => Promise.reject('just text'), 'just text'],
    ['returns nothing', () => undefined as never, 'TypeError: a plugin returned undefined in place of a reply'],
    ['promises nothing', async () => undefined as never, 'TypeError: a plugin returned undefined in place of a reply'],
    [
      'returns something else',
      () => ({ rcode: 0 }) as never,
      'TypeError: a plugin returned [object Object] in place of',
    ],
    ['replies with what cannot be written', (query) => query.reply({ answer: [undefined as never] }), 'TypeError'],
    ['replies late with it', async (query) => query.reply({ answer: [undefined as never] }), 'TypeError'],
  ]
  it.each(faults)('%s costs its query, and one report', async (_, handler, failure) => {
    const sent: string[] = []
    const tap: Tap = { sent: (_, { rcode }, size) => void sent.push(`${rcodeName(rcode)} ${size}`) }
    const faulty = block('example.org.', { handler, taps: [tap] })
    const server = new Server([faulty])
    expect(await ask(server, 'example.org. +edns')).toBe('SERVFAIL')
    expect(faulty.failures).toEqual([expect.stringContaining(failure)])
    expect(words((await server.exchange(queryOf('example.org.'), STREAM))!.wire)).toBe('SERVFAIL')
    expect((await server.exchange(queryOf('example.org.'), STREAM))!.reply!.rcode).toBe(RCODE.SERVFAIL)
    expect(sent[0]).toBe('SERVFAIL 40')
  })

  it('has no answer from upstream tells the client why', async () => {
    const handler = (): never => {
      throw new UpstreamError('192.0.2.1:53: connection refused', EDE.NO_REACHABLE_AUTHORITY, 'connection refused')
    }
    expect(await ask(new Server([block('.', { handler })]), 'x. +edns')).toBe('SERVFAIL 22 connection refused')
  })

  it('throws, with an error sink that throws, still gets an answer', async () => {
    const failed = (): never => {
      throw new Error('so does the sink')
    }
    for (const handler of [() => Promise.reject(new Error('late')), () => undefined as never]) {
      const server = new Server([block('.', { handler, errors: { failed } })])
      expect(await ask(server, 'x.')).toBe('SERVFAIL')
    }
  })

  it('drops gets its way', async () => {
    const server = new Server([block('.', { handler: (query) => query.drop() })])
    expect(await ask(server, 'x.')).toBe('nothing')
    expect(server.answers(queryOf('x.'), STREAM)).toBeUndefined()
    expect(server.exchange(queryOf('x.'), STREAM)).toBeUndefined()
  })
})

describe('a plugin that never settles', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is given up on after half a minute', async () => {
    const stuck = block('.', { handler: () => new Promise(() => {}) })
    const reply = ask(new Server([stuck]), 'x.')
    await vi.advanceTimersByTimeAsync(29_999)
    expect(stuck.failures).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await reply).toBe('SERVFAIL')
    expect(stuck.failures).toEqual(['Error: no reply within 30 s'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer behind when it settles after all', async () => {
    const slow =
      (settle: () => Reply): Handler =>
      () =>
        new Promise((resolve, reject) => {
          setTimeout(() => {
            try {
              resolve(settle())
            } catch (error) {
              reject(error)
            }
          }, 1000)
        })
    const broken = (): never => {
      throw new Error('late')
    }
    for (const [handler, expected] of [
      [slow(() => new Reply({ rcode: RCODE.NXDOMAIN })), 'NXDOMAIN'],
      [slow(broken), 'SERVFAIL'],
    ] as const) {
      const reply = ask(new Server([block('.', { handler })]), 'x.')
      await vi.advanceTimersByTimeAsync(1000)
      expect(await reply).toBe(expected)
      expect(vi.getTimerCount()).toBe(0)
    }
  })
})
