import { createSocket } from 'node:dgram'
import { readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { queryOf } from './ask.ts'
import { facts } from './facts.ts'
import { freePort, siteFor, startCoredge, tcp, udp } from './transports.ts'

/** Damaged messages in bulk: the server goes on, keeps its size, and answers the next good query. */
const UDP_PACKETS = 100_000
const TCP_CONNECTIONS = 300
const FRAMES_EACH = 40
const MAX_GROWTH = 96 * 1024 * 1024

let port: number
let folder: string
let server: Awaited<ReturnType<typeof startCoredge>>

beforeAll(async () => {
  const site = siteFor('dns')
  folder = site.folder
  port = await freePort()
  server = await startCoredge(['-conf', site.corefile, '-p', String(port)], port, { cwd: folder })
}, 180_000)

afterAll(async () => {
  expect(await server.stop()).toBe(0)
  rmSync(folder, { recursive: true })
})

/** A small generator with a seed, so that a failure can be repeated. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state >>> 8
  }
}

const good = facts.map((fact) => queryOf(fact))

/** A good message with octets changed, cut off or added. */
function damaged(random: Generator<number, never>): Uint8Array {
  const next = (below: number): number => random.next().value % below
  const copy = [...good[next(good.length)]]
  for (let edits = next(6); edits >= 0; edits--) {
    const at = next(copy.length + 1)
    const kind = next(4)
    if (kind === 0) copy.splice(at)
    else if (kind === 1) copy.splice(at, 0, ...Array.from({ length: next(20) }, () => next(256)))
    else copy[at] = next(256)
  }
  return Uint8Array.from(copy)
}

const residentBytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'latin1'))?.[1]) * 1024

async function stillAnswers(): Promise<void> {
  for (const open of [udp, tcp]) {
    const way = await open(port)
    let reply: Uint8Array | number | undefined
    // What is left of the flood may push out a packet or two.
    for (let tries = 0; tries < 10 && !(reply instanceof Uint8Array); tries++)
      reply = await way.ask(queryOf({ title: '', ask: 'www.example.org A' }))
    await way.close()
    expect(reply).toBeInstanceOf(Uint8Array)
  }
}

it('survives damaged packets over UDP', { timeout: 60_000 }, async () => {
  const socket = createSocket('udp4')
  let replies = 0
  socket.on('message', (message) => {
    replies++
    expect(message.length).toBeGreaterThanOrEqual(12)
    expect(message[2] & 0x80).toBe(0x80)
  })
  const random = randomNumbers(7)
  await stillAnswers()
  const before = residentBytes()
  for (let sent = 0; sent < UDP_PACKETS; sent++) {
    const packet = damaged(random)
    socket.send(packet, port, '127.0.0.1')
    // Now and then let replies in, and the server keep pace.
    if (sent % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await stillAnswers()
  socket.close()
  expect(replies).toBeGreaterThan(UDP_PACKETS / 10)
  expect(residentBytes() - before).toBeLessThan(MAX_GROWTH)
})

it('survives damaged frames over TCP', { timeout: 60_000 }, async () => {
  const random = randomNumbers(11)
  const next = (below: number): number => random.next().value % below
  for (let n = 0; n < TCP_CONNECTIONS; n++) {
    const frames = Array.from({ length: FRAMES_EACH }, () => {
      const message = damaged(random)
      // One length in four lies.
      const length = next(4) === 0 ? next(65_536) : message.length
      return Buffer.concat([Buffer.from([length >> 8, length & 255]), message])
    })
    await new Promise<void>((resolve) => {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => resolve())
      socket.on('close', () => resolve())
      socket.resume()
      socket.end(Buffer.concat(frames))
      if (next(3) === 0) setTimeout(() => socket.destroy(), next(5))
    })
  }
  await stillAnswers()
})

it('has said nothing of crashes', () => {
  expect(server.output()).not.toMatch(/uncaught|unhandled|TypeError|RangeError/i)
})
