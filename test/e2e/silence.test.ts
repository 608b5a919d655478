import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readMessage } from '../../src/dns/message.ts'
import { rcodeName } from '../../src/dns/rdata/registry.ts'
import { queryOf } from './ask.ts'
import { freePort, startCoredge } from './transports.ts'

/** An upstream that says nothing while clients by the thousand ask for names of their own. */
const QUERIES = 12_000
const PER_TURN = 20
const TURN = 10

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function socketOn(port = 0): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4_194_304 })
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve))
  onTestFinished(() => void socket.close())
  return socket
}

/** Resident memory of a process. Octets. */
const residentOf = (pid: number): number =>
  1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])

/** Datagrams for a port that the system had no room for (proc_net_udp(5): the last column). */
function dropsAt(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const sockets = readFileSync('/proc/net/udp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return sockets.filter((fields) => fields[1]?.endsWith(local)).reduce((sum, fields) => sum + Number(fields.at(-1)), 0)
}

/** Sends a query and gives the rcode, or what else came of it within 5 seconds. */
function asker(socket: Socket, port: number): (name: string, id: number) => Promise<string> {
  const open = new Map<number, (end: string) => void>()
  socket.on('message', (wire) => {
    const { id, rcode, edns } = readMessage(wire)
    open.get(id)?.(`${rcodeName(rcode)}${edns?.options.some(({ code }) => code === 15) ? ' with EDE' : ''}`)
    open.delete(id)
  })
  return (name, id) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve('nothing'), 5000)
      open.set(id, (end) => {
        clearTimeout(timer)
        resolve(end)
      })
      socket.send(queryOf({ title: '', ask: `${name} A +bufsize=1232` }, id), port, '127.0.0.1')
    })
}

const counted = (ends: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(ends, (end) => end)].map(([end, all]) => [end, all.length]))

it('costs no client its answer, and little memory; its return is noticed', { timeout: 60_000 }, async () => {
  const upstream = await socketOn()
  let asked = 0
  let isBack = false
  upstream.on('message', (wire, { port, address }) => {
    asked++
    if (isBack) upstream.send(wire.fill(wire[2] | 0x80, 2, 3), port, address)
  })
  const folder = mkdtempSync(join(tmpdir(), 'coredge-silence-'))
  const port = await freePort()
  const address = `127.0.0.1:${upstream.address().port}`
  writeFileSync(join(folder, 'Corefile'), `.:${port} {\n bind 127.0.0.1\n cache\n forward . ${address}\n}\n`)
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const client = await socketOn()
  const ask = asker(client, port)

  const before = residentOf(server.child.pid!)
  let most = before
  const ends: Promise<string>[] = []
  while (ends.length < QUERIES) {
    for (let i = 0; i < PER_TURN; i++) ends.push(ask(`n${ends.length}.example.org`, ends.length))
    most = Math.max(most, residentOf(server.child.pid!))
    await sleep(TURN)
  }
  const all = await Promise.all(ends)
  most = Math.max(most, residentOf(server.child.pid!))
  const dropped = dropsAt(port) + dropsAt(client.address().port)
  isBack = true
  const since = performance.now()
  while ((await ask('back.example.org', 65_000)) !== 'NOERROR') await sleep(20)
  const recovery = performance.now() - since

  const { nothing = 0, ...answers } = counted(all)
  expect(Object.keys(answers)).toEqual(['SERVFAIL with EDE'])
  // What the system drops is not the server's.
  expect(nothing - dropped).toBeLessThanOrEqual(0)
  // 8,192 under way at most, the failures in the cache, and what V8 has not yet collected.
  expect(most - before).toBeLessThan(300_000_000)
  expect(recovery).toBeLessThan(2000)
  // Two tries for each that came before it was known to be down; of those behind, few try their luck.
  expect(asked).toBeLessThan(1.5 * QUERIES)
})
