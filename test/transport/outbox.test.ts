import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect, it, vi } from 'vitest'
import { Outbox } from '../../src/transport/outbox.ts'
import { bindUdp } from '../../src/transport/udp.ts'
import { freePort } from '../e2e/transports.ts'
import { closing } from './clients.ts'

async function bound(port = 0): Promise<Socket> {
  const socket = await bindUdp({ address: '127.0.0.1', port })
  closing({ close: () => socket.close() })
  return socket
}

/** An outbox, whom its replies go to, and how many the socket was given. */
async function rig(port?: number) {
  const socket = await bound(port)
  const asker = await bound()
  const send = vi.spyOn(socket, 'send')
  const to = { ...asker.address(), family: 'IPv4' as const, size: 1 }
  return { outbox: new Outbox(socket), socket, asker, to, sent: () => send.mock.calls.length }
}

it('sends at the end of the turn', async () => {
  const { outbox, asker, to, sent } = await rig()
  outbox.push(Uint8Array.of(1), to)
  outbox.push(Uint8Array.of(2), to)
  expect(sent()).toBe(0)
  const [first] = await once(asker, 'message')
  expect([first[0], sent()]).toEqual([1, 2])
})

it('sends at once where 32 wait', async () => {
  const { outbox, to, sent } = await rig()
  for (let i = 0; i < 40; i++) outbox.push(Uint8Array.of(i), to)
  expect(sent()).toBe(32)
  outbox.flush()
  expect(sent()).toBe(40)
})

it('drops replies while the system has not taken 4 MiB of others', async () => {
  const { outbox, socket, to, sent } = await rig()
  const size = vi.spyOn(socket, 'getSendQueueSize').mockReturnValue(4_194_305)
  outbox.push(Uint8Array.of(1), to)
  outbox.flush()
  expect(sent()).toBe(0)
  size.mockReturnValue(4_194_304)
  outbox.push(Uint8Array.of(2), to)
  outbox.flush()
  expect(sent()).toBe(1)
})

it('still replies while the system hands what comes to others, and stays away', async () => {
  // One that the system has chosen it takes back with the connection.
  const port = await freePort()
  const { outbox, socket, asker, to } = await rig(port)
  outbox.turnAway(port, '127.0.0.1')
  expect(outbox.isAway).toBe(true)
  outbox.push(Uint8Array.of(7), to)
  const [reply, from] = await once(asker, 'message')
  expect([reply[0], from.port]).toEqual([7, port])
  expect(socket.remoteAddress().port).toBe(port)
})

it('forgets what waits for a socket that was closed', async () => {
  const socket = await bindUdp({ address: '127.0.0.1', port: 0 })
  const outbox = new Outbox(socket)
  outbox.push(Uint8Array.of(1), { address: '127.0.0.1', port: 9, family: 'IPv4', size: 1 })
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  expect(outbox.flush).not.toThrow()
})
