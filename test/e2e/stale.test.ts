import { expect, it, vi } from 'vitest'
import { type Rig, rig } from '../plugins/rig.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { type Scripted, scripted } from '../upstream/scripted.ts'

/** Clients of a cache whose upstream says nothing: they have an answer soon, and the new one as soon as it is to be had. */
vi.setConfig({ testTimeout: 60_000 })

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface World {
  readonly server: Rig
  readonly upstream: Scripted
  /** From now on the upstream gives this address, or nothing. */
  says(address: string | undefined): void
}

async function world(properties: string): Promise<World> {
  let address: string | undefined = '192.0.2.1'
  const upstream = await scripted(({ name, reply }) => (address ? reply([`${name} 1 IN A ${address}`]) : undefined))
  const corefile = `. {\ncache {\nsuccess 2000 3600 1\n${properties}\n}\nforward . ${upstream.address}\n}`
  const server = await rig(corefile, { runtime: new NetRuntime() })
  const says = (next: string | undefined): void => {
    address = next
  }
  return { server, upstream, says }
}

interface Found {
  readonly text: string
  /** Milliseconds. */
  readonly took: number
}

async function ask(server: Rig): Promise<Found> {
  const start = performance.now()
  const { rcode, answer, errors } = await server.answer('www.example.org', { bufsize: 1232 })
  const text = [rcode, ...answer.map((line) => line.split(' ').slice(1).join(' ')), ...errors].join(', ')
  return { text, took: performance.now() - start }
}

const NEW = 'NOERROR, 1 IN A 192.0.2.2'

it.each([
  ['serve_stale', 'NOERROR, 0 IN A 192.0.2.1, 3', 200],
  ['serve_stale 1h immediate 30s 1s', 'NOERROR, 30 IN A 192.0.2.1, 3', 200],
  ['serve_stale 1h verify 300ms', 'NOERROR, 0 IN A 192.0.2.1, 3', 800],
  ['serve_stale 1h verify 0 30s', 'NOERROR, 30 IN A 192.0.2.1, 3', 5000],
])(
  '%s: has the old answer while the upstream is silent, and the new one soon after',
  async (properties, old, within) => {
    const { server, says } = await world(properties)
    expect((await ask(server)).text).toBe('NOERROR, 1 IN A 192.0.2.1')
    says(undefined)
    await sleep(1100)
    const found = await Promise.all(Array.from({ length: 20 }, () => ask(server)))
    for (const { text, took } of found) {
      expect(text).toBe(old)
      expect(took).toBeLessThan(within)
    }
    await sleep(1500)
    expect((await ask(server)).text).toBe(old)
    says('192.0.2.2')
    const back = performance.now()
    let text = ''
    while (text !== NEW && performance.now() - back < 2000) {
      text = (await ask(server)).text
      await sleep(100)
    }
    expect(text).toBe(NEW)
  },
)

it('without serve_stale: SERVFAIL with a reason, within the patience of a client', async () => {
  const { server, says } = await world('')
  says(undefined)
  const { text, took } = await ask(server)
  expect(text).toMatch(/^SERVFAIL, 2[23] /)
  expect(took).toBeLessThan(5000)
})
