import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Companion } from '../../src/cli/companion.ts'
import { CorefileReader } from '../../src/cli/corefile.ts'
import { reload } from '../../src/cli/reload.ts'
import { readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { modules } from '../../src/plugins.gen.ts'
import { nodeRuntime } from '../../src/runtime/node.ts'
import { freePort } from '../e2e/transports.ts'

let folder: string
let port: number
let companion: Companion
let logged: string[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-companion-'))
  port = await freePort()
  logged = []
  const log = {
    info: (line: string): void => void logged.push(line),
    warn: (line: string): void => void logged.push(line),
    error: (line: string): void => void logged.push(line),
  }
  const reader = new CorefileReader(join(folder, 'Corefile'), undefined)
  companion = new Companion({ reader, modules, runtime: nodeRuntime(log), defaultPort: port })
})
afterEach(async () => {
  await companion.stop()
  rmSync(folder, { recursive: true })
})

const log = { info: () => {}, warn: () => {}, error: (line: string): void => void logged.push(line) }
/** The machine's addresses beside 127.0.0.1. */
const others = Object.values(networkInterfaces())
  .flatMap((all = []) => all)
  .flatMap(({ address, family, internal }) => (family === 'IPv4' && !internal ? [address] : []))
const write = (text: string): void => writeFileSync(join(folder, 'Corefile'), text)
const hosts = (address: string, bind = '127.0.0.1'): string =>
  `example.org {\n    bind ${bind}\n    hosts {\n        ${address} www.example.org\n    }\n}\n`
const urls = (): string[] => companion.listeners.map(({ url }) => url.replace(`${port}`, 'PORT'))

/** The answer over UDP, from where it was asked; undefined where none comes. */
function ask(at = port, of = '127.0.0.1'): Promise<string | undefined> {
  const socket = createSocket('udp4')
  return new Promise((resolve) => {
    const finish = (text?: string): void => {
      clearTimeout(timer)
      socket.close()
      resolve(text)
    }
    const timer = setTimeout(finish, 500)
    socket.on('message', (reply) => finish(readMessage(reply).answer.flatMap(recordTexts).join()))
    socket.on('error', () => finish())
    const query = writeQuery({ id: 1, name: parseName('www.example.org.'), type: 1 })
    socket.bind(0, '127.0.0.1', () => socket.connect(at, of, () => socket.send(query)))
  })
}

const start = async (text: string): Promise<void> => {
  write(text)
  await companion.adopt(await companion.prepare())
}

const address = (text: string): string => `www.example.org. 3600 IN A ${text}`

describe('a start', () => {
  it('without bind is for this machine only', async () => {
    await start(hosts('192.0.2.1').replace('bind 127.0.0.1', ''))
    expect(urls()[0]).toBe('dns://127.0.0.1:PORT')
    expect(urls().slice(1)).toEqual(urls().length === 2 ? ['dns://[::1]:PORT'] : [])
    expect(await ask()).toBe(address('192.0.2.1'))
  })

  it.skipIf(others.length === 0)('with 0.0.0.0 answers from the address that was asked', async () => {
    await start(hosts('192.0.2.1', '0.0.0.0'))
    for (const other of others) expect(await ask(port, other)).toBe(address('192.0.2.1'))
  })

  it.each([
    ['192.0.2.99', 'cannot listen on dns://192.0.2.99:PORT: the address is not one of this machine'],
    [
      'fe80::1',
      'cannot listen on dns://[fe80::1]:PORT: a link-local address must name its interface, as in fe80::1%eth0',
    ],
  ])('at %s does not listen', async (bind, message) => {
    await expect(start(hosts('192.0.2.1', bind))).rejects.toThrow(message.replace('PORT', `${port}`))
  })

  it('says which port is taken, and leaves nothing open', async () => {
    const other = await freePort()
    const taken = net.createServer().listen(port, '127.0.0.1')
    const text = `${hosts('192.0.2.1').replace('example.org {', `example.org:${other} {`)}${hosts('192.0.2.2')}`
    await expect(start(text)).rejects.toThrow(
      `cannot listen on dns://127.0.0.1:${port}: another program has this port; name another in the Corefile, or with -dns.port`,
    )
    expect(companion.listeners).toEqual([])
    expect(await ask(other)).toBeUndefined()
    taken.close()
  })

  it.each(['', 'multisocket 2\n    '])(
    'says that another server has the port, which it would share: %s',
    async (directive) => {
      const text = hosts('192.0.2.1').replace('hosts', `${directive}hosts`)
      await start(text)
      const reader = new CorefileReader(join(folder, 'Corefile'), undefined)
      const second = new Companion({ reader, modules, runtime: nodeRuntime(log), defaultPort: port })
      await expect(second.prepare().then((prepared) => second.adopt(prepared))).rejects.toThrow(
        `cannot listen on dns://127.0.0.1:${port}: another program has this port`,
      )
      expect(await ask()).toBe(address('192.0.2.1'))
    },
  )

  it('refuses a Corefile without server blocks', async () => {
    await expect(start('# nothing\n')).rejects.toThrow('Corefile: there is no server block')
  })
})

describe('a reload', () => {
  it('hands sockets over without losing a query', async () => {
    await start(hosts('192.0.2.1'))
    const answers: (string | undefined)[] = []
    let isDone = false
    const asking = (async () => {
      while (!isDone) answers.push(await ask())
    })()
    for (let i = 2; i < 12; i++) {
      write(hosts(`192.0.2.${i}`))
      expect(await reload(companion, log)).toBe(true)
    }
    isDone = true
    await asking
    expect(answers).not.toContain(undefined)
    expect(await ask()).toBe(address('192.0.2.11'))
  })

  it('opens what is new and closes what is gone', async () => {
    const other = await freePort()
    await start(hosts('192.0.2.1'))
    write(hosts('192.0.2.2').replace('example.org {', `example.org:${other} {`))
    await reload(companion, log)
    expect(await ask(other)).toBe(address('192.0.2.2'))
    expect(await ask()).toBeUndefined()
  })

  it('moves from one address to all on the same port', async () => {
    await start(hosts('192.0.2.1'))
    write(hosts('192.0.2.2', '0.0.0.0'))
    await reload(companion, log)
    expect(urls()).toEqual(['dns://0.0.0.0:PORT'])
    expect(await ask()).toBe(address('192.0.2.2'))
    write(hosts('192.0.2.3'))
    await reload(companion, log)
    expect(urls()).toEqual(['dns://127.0.0.1:PORT'])
    expect(await ask()).toBe(address('192.0.2.3'))
  })

  const mistakes: [string, () => string, RegExp][] = [
    ['a directive', () => `${hosts('192.0.2.2')}x.example {\n    logg\n}\n`, /Corefile:8:5: logg: unknown directive/],
    ['its syntax', () => `${hosts('192.0.2.2')}x.example {\n`, /Corefile:7:11: block is never closed/],
    [
      'a file',
      () => `${hosts('192.0.2.2')}x.example {\n    bind 127.0.0.1\n    tls a b\n}\n`,
      /Corefile:9:5: tls: cannot read/,
    ],
    ['everything', () => '', /there is no server block/],
    [
      'an address',
      () => hosts('192.0.2.2', '192.0.2.77'),
      /cannot listen on dns:\/\/192.0.2.77:.*not one of this machine/,
    ],
  ]
  it.each(mistakes)('with a mistake in %s changes nothing, and tells', async (_what, text, message) => {
    await start(hosts('192.0.2.1'))
    write(text())
    expect(await reload(companion, log)).toBe(false)
    expect(logged.join('\n')).toMatch(message)
    expect(logged.at(-1)).toBe('reload: failed, the old configuration stays in use')
    expect(await ask()).toBe(address('192.0.2.1'))
    write(hosts('192.0.2.3'))
    expect(await reload(companion, log)).toBe(true)
    expect(await ask()).toBe(address('192.0.2.3'))
  })

  it('to a port that is taken keeps the old sockets, even one that had to go for it', async () => {
    const other = await freePort()
    const taken = net.createServer().listen(other, '127.0.0.1')
    await start(hosts('192.0.2.1'))
    write(`${hosts('192.0.2.2', '0.0.0.0')}${hosts('192.0.2.2').replace('example.org {', `example.org:${other} {`)}`)
    expect(await reload(companion, log)).toBe(false)
    expect(urls()).toEqual(['dns://127.0.0.1:PORT'])
    expect(await ask()).toBe(address('192.0.2.1'))
    taken.close()
  })
})

it('reloads wait for each other, and none comes after the end', async () => {
  write(hosts('192.0.2.1'))
  const steps: string[] = []
  const step = async (name: string): Promise<void> => {
    steps.push(name)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const followers = { prepare: () => step('prepare'), adopt: () => step('adopt'), stop: () => step('stop') }
  const reader = new CorefileReader(join(folder, 'Corefile'), undefined)
  const led = new Companion({ reader, modules, runtime: nodeRuntime(log), defaultPort: port, followers })
  await led.adopt(await led.prepare())
  expect(await Promise.all([reload(led, log), reload(led, log)])).toEqual([true, true])
  const late = reload(led, log)
  await led.stop()
  expect(await late).toBe(false)
  expect(steps).toEqual([...Array(3).fill(['prepare', 'adopt']).flat(), 'stop'])
  expect(await ask()).toBeUndefined()
})

it('stopping ends all', async () => {
  await start(hosts('192.0.2.1'))
  await companion.stop()
  expect(companion.listeners).toEqual([])
  expect(await ask()).toBeUndefined()
})
