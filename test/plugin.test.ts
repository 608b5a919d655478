import { describe, expect, it } from 'vitest'
import { RCODE } from '../src/dns/constants.ts'
import { compose, after as convert, type Handler, nobodyAnswered, type Plugin } from '../src/plugin.ts'
import { Reply } from '../src/reply.ts'
import { query } from './sent.ts'

const reply = new Reply({ rcode: RCODE.NXDOMAIN })
const last: Handler = () => reply

describe('compose', () => {
  const calls: string[] = []
  const passing = (name: string): Plugin => ({
    name,
    serve(query, next) {
      calls.push(name)
      return next(query)
    },
  })

  it('calls plugins in order and what comes last', () => {
    calls.length = 0
    expect(compose([passing('a'), { name: 'config' }, passing('b')], last)(query({}))).toBe(reply)
    expect(calls).toEqual(['a', 'b'])
  })

  it('is what comes last where nobody serves', () => {
    expect(compose([{ name: 'config' }], last)).toBe(last)
  })

  it('keeps `this`, and lets a plugin ask twice or not at all', () => {
    const twice: Plugin & { count: number } = {
      name: 'twice',
      count: 0,
      serve(query, next) {
        this.count++
        next(query)
        return next(query)
      },
    }
    calls.length = 0
    compose([twice, passing('below')], last)(query({}))
    expect([twice.count, calls]).toEqual([1, ['below', 'below']])
    const answer: Plugin = { name: 'answer', serve: () => reply }
    expect(compose([answer, passing('never')], nobodyAnswered)(query({}))).toBe(reply)
    expect(calls).toHaveLength(2)
  })

  it('puts watchers around every plugin that serves', () => {
    const watched: string[] = []
    const handler = compose([passing('a'), { name: 'config' }, passing('b')], last, [
      (plugin, handler) => (query) => {
        watched.push(plugin.name)
        return handler(query)
      },
    ])
    expect(handler(query({}))).toBe(reply)
    expect(watched).toEqual(['a', 'b'])
  })

  it('ends with SERVFAIL and a reason', () => {
    const { rcode, options } = nobodyAnswered(query({})) as Reply
    expect(rcode).toBe(RCODE.SERVFAIL)
    expect(new TextDecoder().decode(options[0].data.subarray(2))).toBe('no plugin answered')
  })
})

describe('after', () => {
  const toRefused = (reply: Reply): Reply => reply.with({ rcode: RCODE.REFUSED })

  it('is synchronous where the reply is', () => {
    expect(convert(reply, toRefused)).toMatchObject({ rcode: RCODE.REFUSED })
    expect(convert(reply, async (reply) => reply)).toBeInstanceOf(Promise)
  })

  it('waits where the reply does', async () => {
    expect(await convert(Promise.resolve(reply), toRefused)).toMatchObject({ rcode: RCODE.REFUSED })
    await expect(convert(Promise.reject(new Error('no')), toRefused)).rejects.toThrow('no')
  })
})
