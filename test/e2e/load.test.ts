import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { queryOf } from './ask.ts'
import { Load, until } from './steadyload.ts'
import { freePort, startCoredge } from './transports.ts'

/** What happens to queries while the server is changed or ended under load. */
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const zone = (address: string, serial: number): string => `
$ORIGIN example.org.
@ 60 IN SOA ns host ${serial} 60 60 60 60
@ 60 IN NS ns
ns 60 IN A 192.0.2.1
www 60 IN A ${address}
`

const corefile = (port: number, extra = ''): string => `
example.org:${port} {
    bind 127.0.0.1
    file db.example.org
    ${extra}
}
`

async function siteWith(files: (port: number) => Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-load-'))
  folders.push(folder)
  const port = await freePort()
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  for (const [name, text] of Object.entries(files(port))) write(name, text)
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  return { port, server, write }
}

const old = 'www.example.org. 60 IN A 192.0.2.10'
const fresh = 'www.example.org. 60 IN A 192.0.2.20'

it('a bad Corefile changes nothing and loses nothing, a good one everything', { timeout: 40_000 }, async () => {
  const { port, server, write } = await siteWith((port) => ({
    Corefile: corefile(port),
    'db.example.org': zone('192.0.2.10', 1),
    'db.new': zone('192.0.2.20', 2),
  }))
  const load = await Load.start(port)
  await until(() => load.answers.length > 200)
  write('Corefile', corefile(port, 'fil db.example.org'))
  server.child.kill('SIGUSR1')
  await until(() => /Corefile:5:5: fil: .*did you mean "file"/.test(server.output()))
  const before = load.answers.length
  await until(() => load.answers.length > before + 200)
  write('Corefile', corefile(port).replace('db.example.org', 'db.new'))
  server.child.kill('SIGUSR1')
  await until(() => load.answers.at(-1) === fresh)
  await load.end()
  expect(load.lost).toBe(0)
  expect(new Set(load.answers)).toEqual(new Set([old, fresh]))
  expect(await server.stop()).toBe(0)
})

it('a bad zone leaves the old one, a good one takes its place', { timeout: 40_000 }, async () => {
  const { port, server, write } = await siteWith((port) => ({
    Corefile: corefile(port).replace('file db.example.org', 'file db.example.org {\n        reload 1s\n    }'),
    'db.example.org': zone('192.0.2.10', 1),
  }))
  const load = await Load.start(port)
  await until(() => load.answers.length > 200)
  write('db.example.org', zone('192.0.2.300', 2))
  await until(() => /db\.example\.org:6:\d+: A: .*"192\.0\.2\.300"/.test(server.output()))
  const before = load.answers.length
  await until(() => load.answers.length > before + 200)
  write('db.example.org', zone('192.0.2.20', 3))
  await until(() => load.answers.at(-1) === fresh)
  await load.end()
  expect(load.lost).toBe(0)
  expect(new Set(load.answers)).toEqual(new Set([old, fresh]))
  expect(server.output().match(/192\.0\.2\.300/g)).toHaveLength(1)
  expect(await server.stop()).toBe(0)
})

it('SIGTERM answers what is under way, then ends with 0', { timeout: 40_000 }, async () => {
  const upstream = createSocket('udp4')
  await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve))
  let asked = 0
  upstream.on('message', (message, peer) => {
    asked++
    const reply = Buffer.from(message)
    reply[2] |= 0x80
    setTimeout(() => upstream.send(reply, peer.port, peer.address), 500)
  })
  const { port, server } = await siteWith((port) => ({
    Corefile: `.:${port} {\n    bind 127.0.0.1\n    forward . 127.0.0.1:${upstream.address().port} {\n        prefer_udp\n    }\n}\n`,
  }))
  const query = (n: number): Uint8Array => queryOf({ title: '', ask: `n${n}.example.net A` }, n)
  const answered = new Set<number>()
  const socket = createSocket('udp4')
  socket.on('message', (message) => answered.add(message.readUInt16BE(0)))
  const stream = net.connect(port, '127.0.0.1')
  let received = Buffer.alloc(0)
  stream.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
  })
  for (let n = 0; n < 50; n++) socket.send(query(n), port, '127.0.0.1')
  for (let n = 100; n < 120; n++) {
    const message = query(n)
    stream.write(Buffer.concat([Buffer.from([0, message.length]), message]))
  }
  await until(() => asked >= 70)
  server.child.kill('SIGTERM')
  const end = new Promise((resolve) => server.child.once('exit', resolve))
  expect(await end).toBe(0)
  await until(() => answered.size === 50, 2000)
  for (let at = 0; at < received.length; at += 2 + received.readUInt16BE(at))
    answered.add(received.readUInt16BE(at + 2))
  expect(answered.size).toBe(70)
  socket.close()
  stream.destroy()
  upstream.close()
})
