import { describe, expect, it, vi } from 'vitest'
import type { ViewFilter } from '../src/capabilities.ts'
import type { Peer } from '../src/query.ts'
import { Server } from '../src/server.ts'
import { answering, ask, block, PEER } from './servedblock.ts'

describe('the block with the longest zone answers', () => {
  const server = new Server([block('.'), block('org. net.'), block('Example.org.'), block('a.b.example.org.')])
  it.each([
    ['example.org.', 'Example.org.'],
    ['www.example.org.', 'Example.org.'],
    ['WWW.EXAMPLE.ORG.', 'Example.org.'],
    ['b.example.org.', 'Example.org.'],
    ['a.b.example.org.', 'a.b.example.org.'],
    ['x.y.a.b.example.org.', 'a.b.example.org.'],
    ['notexample.org.', 'org. net.'],
    ['example.net.', 'org. net.'],
    ['example.com.', '.'],
    ['.', '.'],
  ])('%s: %s', async (name, expected) => {
    expect(await ask(server, name)).toBe(expected)
  })
})

describe('DS is asked of the parent’s side of a cut (RFC 4035 §3.1.4.1)', () => {
  const parentAndChild = [block('.'), block('org.'), block('example.org.'), block('a.b.example.org.')]
  it.each([
    ['example.org. DS', 'org.'],
    ['EXAMPLE.org. DS', 'org.'],
    ['example.org. A', 'example.org.'],
    ['a.b.example.org. DS', 'example.org.'],
    ['www.example.org. DS', 'example.org.'],
    // The block of the root is no parent: it commonly forwards everything else.
    ['org. DS', 'org.'],
    ['. DS', '.'],
    ['net. DS', '.'],
  ])('%s: %s', async (question, expected) => {
    expect(await ask(new Server(parentAndChild), question)).toBe(expected)
  })

  it('unless no view of the parent takes it', async () => {
    const closed = { name: 'closed', accepts: () => false }
    const server = new Server([block('org.', { views: [closed] }), block('example.org.')])
    expect(await ask(server, 'example.org. DS')).toBe('example.org.')
  })
})

describe('views', () => {
  const from = (address: string): ViewFilter => ({ name: address, accepts: ({ peer }) => peer.address === address })
  const other: Peer = { ...PEER, address: '192.0.2.8' }

  it('are tried in the order written', async () => {
    const [one, two, rest] = [
      block('example.org.', { views: [from('192.0.2.7')], handler: answering('one') }),
      block('example.org.', { views: [from('192.0.2.7'), from('192.0.2.8')], handler: answering('never') }),
      block('example.org.', { handler: answering('rest') }),
    ]
    const server = new Server([one, two, rest])
    expect(await ask(server, 'example.org.')).toBe('one')
    expect(await ask(server, 'example.org.', other)).toBe('rest')
  })

  it('that take nothing leave the query to a shorter zone', async () => {
    const server = new Server([block('org.'), block('example.org.', { views: [from('192.0.2.8')] })])
    expect(await ask(server, 'www.example.org.')).toBe('org.')
    expect(await ask(server, 'www.example.org.', other)).toBe('example.org.')
    expect(await ask(new Server([block('org.', { views: [from('192.0.2.8')] })]), 'www.org.')).toBe('REFUSED')
  })

  it('are asked once for each query', async () => {
    const accepts = vi.fn(() => true)
    await ask(new Server([block('.'), block('example.org.', { views: [{ name: 'v', accepts }] })]), 'www.example.org.')
    expect(accepts).toHaveBeenCalledTimes(1)
  })

  it('that throw take nothing', async () => {
    const broken = block('example.org.', { views: [{ name: 'v', accepts: () => void JSON.parse('{') as never }] })
    expect(await ask(new Server([broken, block('org.')]), 'www.example.org.')).toBe('org.')
    expect(broken.failures).toEqual([expect.stringContaining('SyntaxError')])
  })
})
