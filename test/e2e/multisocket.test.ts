import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { readMetrics, sampleValue } from '../metrics/prometheustext.ts'
import { Load, until } from './steadyload.ts'
import { run } from './tools.ts'
import { freePort, startCoredge } from './transports.ts'

/** Several threads behind one address, as those see them who run the server. */
const folders: string[] = []
const servers: { stop(): Promise<unknown> }[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const zone = (address: string, serial: number): string =>
  `$TTL 60\n@ SOA ns hostmaster ${serial} 1h 1h 1h 1h\n  NS ns\nns A 192.0.2.53\nwww A ${address}\n`

async function site(threads: number, more = '', address = '192.0.2.1') {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-multisocket-'))
  folders.push(folder)
  const [port, http] = [await freePort(), await freePort()]
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  const corefile = (threads: number, more: string): string => `
example.org:${port} {
    bind 127.0.0.1
    multisocket ${threads}
    reload 2s 0s
    prometheus 127.0.0.1:${http}
    health 127.0.0.1:${http}
    file db.example.org {
        reload 500ms
    }
    ${more}
}
`
  write('db.example.org', zone(address, 1))
  write('Corefile', corefile(threads, more))
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  servers.push(server)
  const scrape = async () => readMetrics(await (await fetch(`http://127.0.0.1:${http}/metrics`)).text())
  /** Asks from as many ports, so that all threads are asked; gives the different answers. */
  const ask = async (times = 40): Promise<string[]> => {
    const args = ['+short', '+tries=1', '+timeout=2', '@127.0.0.1', '-p', `${port}`, 'www.example.org', 'A']
    const answers = await Promise.all(Array.from({ length: times }, () => run('dig', args)))
    return [...new Set(answers.map((answer) => answer.trim()))].sort()
  }
  return { folder, port, http, server, write, corefile, scrape, ask }
}

/** Sockets bound to a UDP port of loopback (proc(5): 0100007F:PORT). */
function sockets(port: number): number {
  const place = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/udp', 'latin1').split(place).length - 1
}

it('threads share the port; one scrape has what all of them count', async () => {
  const { port, server, scrape, ask } = await site(3)
  expect(sockets(port)).toBe(3)
  expect(await ask(60)).toEqual(['192.0.2.1'])
  const families = await scrape()
  const requests = families.get('coredns_dns_requests_total')!.samples
  expect(requests.reduce((sum, { value }) => sum + value, 0)).toBe(60)
  // What exists once is not counted three times.
  expect(sampleValue(families, 'coredns_plugin_enabled', { name: 'file' })).toBe(1)
  expect(await server.stop()).toBe(0)
  expect(sockets(port)).toBe(0)
})

it('a changed zone reaches all threads, and is told once; a broken one reaches none', async () => {
  const { server, write, ask } = await site(3)
  write('db.example.org', zone('192.0.2.2', 2))
  await until(() => /reloaded zone example\.org\./.test(server.output()))
  await expect.poll(() => ask(), { timeout: 5000 }).toEqual(['192.0.2.2'])
  write('db.example.org', zone('no address', 3))
  await until(() => /the zone stays as it was/.test(server.output()))
  expect(await ask()).toEqual(['192.0.2.2'])
  expect(server.output().match(/reloaded zone/g)).toHaveLength(1)
  expect(server.output().match(/the zone stays as it was/g)).toHaveLength(1)
  await server.stop()
})

it('a reload reaches all threads, whose number may change; a bad edit changes none', { timeout: 60_000 }, async () => {
  const { port, server, write, corefile, ask } = await site(2)
  const template = 'template IN A www.example.org {\n        answer "www.example.org. 60 IN A 192.0.2.9"\n    }'
  write('Corefile', corefile(3, template))
  await until(() => /reload: complete/.test(server.output()))
  expect(await ask()).toEqual(['192.0.2.9'])
  expect(sockets(port)).toBe(3)
  write('Corefile', corefile(3, 'nonsense'))
  await until(() => /reload: failed/.test(server.output()))
  expect(await ask()).toEqual(['192.0.2.9'])
  write('Corefile', corefile(1, ''))
  await until(() => server.output().match(/reload: complete/g)?.length === 2)
  expect(await ask()).toEqual(['192.0.2.1'])
  await until(() => sockets(port) === 1)
  await server.stop()
})

it('loses no query that it has got when it is told to end', async () => {
  const { server, port } = await site(2, 'erratic {\n        drop 0\n        delay 2 100ms\n    }')
  const load = await Load.start(port)
  await until(() => load.answers.length > 500)
  const ended = load.end()
  expect(await server.stop()).toBe(0)
  await ended
  expect(load.lost).toBe(0)
})

it('threads that go lose nothing, neither what they have nor what still comes', { timeout: 40_000 }, async () => {
  const upstream = createSocket('udp4')
  upstream.on('message', (query, { port, address }) => {
    query[2] |= 0x80
    setTimeout(() => upstream.send(query, port, address), 900)
  })
  await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve))
  const { server, port, write, corefile } = await site(4)
  const both = (threads: number): string =>
    `${corefile(threads, '')}\nslow.test:${port} {\n    bind 127.0.0.1\n    multisocket ${threads}\n    forward . 127.0.0.1:${upstream.address().port}\n}\n`
  const reload = async (threads: number): Promise<void> => {
    const before = server.output().match(/reload: complete/g)?.length ?? 0
    write('Corefile', both(threads))
    server.child.kill('SIGUSR1')
    await until(() => server.output().match(/reload: complete/g)?.length === before + 1)
    await until(() => sockets(port) === threads)
  }
  await reload(4)
  // The system picks the thread by the client's port.
  const start = (ask: string): Promise<Load>[] => Array.from({ length: 12 }, () => Load.start(port, [ask]))
  const [quick, slow] = await Promise.all([
    Promise.all(start('www.example.org A')),
    Promise.all(start('n.slow.test A')),
  ])
  await until(() => slow.every(({ answers }) => answers.length > 20))
  await reload(2)
  const loads = [...quick, ...slow]
  await Promise.all(loads.map((load) => load.end()))
  upstream.close()
  expect(loads.map(({ lost }) => lost)).toEqual(loads.map(() => 0))
})

it('a zone takes its memory once', { timeout: 60_000 }, async () => {
  const names = Array.from({ length: 400_000 }, (_, i) => `host${i} A 192.0.2.1`).join('\n')
  const { server, write, ask } = await site(3)
  const memory = (): number => {
    const text = readFileSync(`/proc/${server.child.pid}/status`, 'latin1')
    return Number(/^VmRSS:\s+(\d+)/m.exec(text)![1]) / 1024
  }
  await ask()
  const before = memory()
  write('db.example.org', `${zone('192.0.2.2', 2)}${names}\n`)
  await until(() => /reloaded zone/.test(server.output()), 30_000)
  await expect.poll(() => ask(), { timeout: 20_000 }).toEqual(['192.0.2.2'])
  // The image has some 15 MiB, and each thread an array with the places of its names.
  expect(memory() - before).toBeLessThan(45)
  await server.stop()
})
