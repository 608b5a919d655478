import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { modules } from '../../src/plugins.gen.ts'
import { freePort } from '../e2e/transports.ts'

/** The command as a process of its own: what it prints, and how it ends. */
vi.setConfig({ testTimeout: 20_000 })
const ENTRY = join(import.meta.dirname, '../../src/node.ts')
const started: Run[] = []
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-serve-'))
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((run) => run.kill('SIGKILL')))
  rmSync(folder, { recursive: true })
})

class Run {
  out = ''
  err = ''
  readonly child: ChildProcess
  readonly ended: Promise<number | null>

  constructor(args: readonly string[], input?: string) {
    this.child = spawn(process.execPath, [ENTRY, ...args], { cwd: folder })
    this.child.stdout!.on('data', (chunk) => {
      this.out += chunk
    })
    this.child.stderr!.on('data', (chunk) => {
      this.err += chunk
    })
    this.child.stdin!.end(input ?? '')
    this.ended = once(this.child, 'close').then(([code]) => code)
    started.push(this)
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal)
    return this.ended
  }

  /** Waits until the text has been printed on either output. */
  prints(text: string | RegExp): Promise<void> {
    return vi.waitFor(() => expect(this.out + this.err).toMatch(text), 10_000)
  }
}

/** A process that has ended: exit code and outputs. */
async function ended(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const run = new Run(args)
  const code = await run.ended
  return { code, out: run.out, err: run.err }
}

const write = (text: string, name = 'Corefile'): void => writeFileSync(join(folder, name), text)
const block = (port: number | string, address: string, more = ''): string =>
  `example.org:${port} {\n    bind 127.0.0.1\n    hosts {\n        ${address} www.example.org\n    }\n${more}}\n`

async function ask(port: number, name = 'www.example.org.'): Promise<string | undefined> {
  const socket = createSocket('udp4')
  try {
    socket.send(writeQuery({ id: 1, name: parseName(name), type: 1 }), port, '127.0.0.1')
    const reply = await Promise.race([
      once(socket, 'message'),
      new Promise<undefined>((resolve) => setTimeout(resolve, 1000)),
    ])
    return reply && readMessage(reply[0]).answer.flatMap(recordTexts).join()
  } finally {
    socket.close()
  }
}

describe('flags that print and end', () => {
  it('-version', async () => {
    const { code, out } = await ended('-version')
    expect(code).toBe(0)
    expect(out).toMatch(/^coredge-\d+\.\d+\.\d+\n\w+\/\w+, node v\d+/)
  })

  it('-plugins', async () => {
    const { code, out } = await ended('-plugins')
    expect([code, out.trimEnd().split('\n')]).toEqual([0, modules.map(({ name }) => name)])
  })

  it('--help, for everything', async () => {
    expect((await ended('--help')).out).toMatch(/Commands:\n {2}serve/)
    for (const command of ['serve', 'check', 'build', 'dev', 'query', 'zone']) {
      const { code, out } = await ended(command, '--help')
      expect([code, out]).toEqual([0, expect.stringMatching(/^Usage: coredge .*\n\n[\s\S]*Flags:\n/)])
    }
  }, 180_000)
})

describe('wrong command lines', () => {
  const cases: [string, RegExp][] = [
    ['-cnf x', /^unknown flag -cnf \(did you mean "-conf"\?\)\ntry: coredge --help\n$/],
    ['chek', /^there is no command "chek" \(did you mean "check"\?\)\n/],
    ['-p dns', /^-dns.port: must be a port from 0 to 65535, got "dns"\n/],
    ['-conf missing', /^cannot read missing: no such file\n$/],
    ['serve me', /^unknown word "me"\n/],
  ]
  it.each(cases)('%s', async (line, message) => {
    const { code, out, err } = await ended(...line.split(' '))
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(message)
  })
})

describe('serving', () => {
  it('prints a line per address once it is bound, and ends with 0', async () => {
    const port = await freePort()
    write(`${block(port, '192.0.2.1')}a.example:${port} b.example:${port} {\n    bind 127.0.0.1\n    whoami\n}\n`)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
      const run = new Run(['-conf', 'Corefile', '-pidfile', 'pid'])
      await run.prints(`dns://127.0.0.1:${port} example.org a.example b.example\ncoredge-`)
      expect(await ask(port)).toBe('www.example.org. 3600 IN A 192.0.2.1')
      expect(readFileSync(join(folder, 'pid'), 'utf8')).toBe(`${run.child.pid}\n`)
      expect(await run.kill(signal)).toBe(0)
      expect(existsSync(join(folder, 'pid'))).toBe(false)
      expect(run.err).toBe('')
    }
  })

  it('takes the port of blocks that name none from the command line', async () => {
    const port = await freePort()
    write('example.org {\n    bind 127.0.0.1\n    whoami\n    log\n}\n')
    for (const flag of ['-p', '-dns.port', '--dns.port']) {
      const run = new Run([flag, `${port}`])
      await run.prints(`dns://127.0.0.1:${port} example.org`)
      await run.kill('SIGTERM')
    }
  })

  it('says nothing with -quiet but what the log plugin does', async () => {
    const port = await freePort()
    write(block(port, '192.0.2.1', '    log\n'))
    const run = new Run(['-quiet'])
    await vi.waitFor(async () => expect(await ask(port)).toBeDefined(), 10_000)
    await run.kill('SIGTERM')
    expect(run.out).toMatch(/^\[INFO\] 127\.0\.0\.1:\d+ - 1 "A IN www\.example\.org\. udp 33 false 512" NOERROR /)
  })

  it('reads the Corefile from stdin', async () => {
    const port = await freePort()
    const run = new Run(['-conf', 'stdin'], block(port, '192.0.2.1'))
    await run.prints(`dns://127.0.0.1:${port} `)
    expect(await ask(port)).toBe('www.example.org. 3600 IN A 192.0.2.1')
  })

  it('without a Corefile answers with whoami, and logs', async () => {
    const port = await freePort()
    const run = new Run(['-p', `${port}`])
    await run.prints(`dns://127.0.0.1:${port} .\n`)
    await ask(port)
    await run.prints(/\[INFO\] 127\.0\.0\.1:\d+ - 1 "A IN www\.example\.org\./)
  })

  it('names the port that is taken', async () => {
    const port = await freePort()
    const other = net.createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    write(block(port, '192.0.2.1'))
    const { code, err } = await ended()
    other.close()
    expect(code).toBe(1)
    expect(err).toBe(
      `cannot listen on dns://127.0.0.1:${port}: another program has this port; name another in the Corefile, or with -dns.port\n`,
    )
  })

  it('reports every mistake of a Corefile', async () => {
    write('a.example {\n    whoamy\n}\nb.example {\n    cache -1\n}\n')
    const { code, out, err } = await ended()
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(
      /^Corefile:2:5: whoamy: unknown directive \(did you mean "whoami"\?\), got "whoamy"\nCorefile:5:11: cache: .*"-1"\n$/,
    )
  })

  it('lives without a reader of its output', async () => {
    const port = await freePort()
    write(block(port, '192.0.2.1', '    log\n'))
    const run = new Run([])
    await run.prints('dns://')
    run.child.stdout!.destroy()
    for (let i = 0; i < 20; i++) expect(await ask(port)).toBeDefined()
    expect(await run.kill('SIGTERM')).toBe(0)
  })
})

describe('reloading', () => {
  it('by SIGUSR1 and SIGHUP, under load, loses no query', async () => {
    const port = await freePort()
    write(block(port, '192.0.2.1'))
    const run = new Run([])
    await run.prints('dns://')
    const answers: (string | undefined)[] = []
    let isDone = false
    const asking = Array.from({ length: 4 }, async () => {
      while (!isDone) answers.push(await ask(port))
    })
    for (let i = 2; i <= 6; i++) {
      write(block(port, `192.0.2.${i}`))
      run.child.kill(i % 2 === 0 ? 'SIGUSR1' : 'SIGHUP')
      await vi.waitFor(() => expect(run.out.match(/reload: complete/g)).toHaveLength(i - 1), 5000)
    }
    isDone = true
    await Promise.all(asking)
    expect(answers).not.toContain(undefined)
    expect(await ask(port)).toBe('www.example.org. 3600 IN A 192.0.2.6')
  })

  it('to a Corefile with mistakes keeps the old one', async () => {
    const port = await freePort()
    write(block(port, '192.0.2.1'))
    const run = new Run([])
    await run.prints('dns://')
    write(`${block(port, '192.0.2.2')}x.example {\n    logg\n}\n`)
    run.child.kill('SIGUSR1')
    await run.prints('the old configuration stays in use')
    expect(run.err).toMatch(/^\[ERROR\] Corefile:8:5: logg: unknown directive/)
    expect(await ask(port)).toBe('www.example.org. 3600 IN A 192.0.2.1')
    expect(await run.kill('SIGTERM')).toBe(0)
  })

  it('by the reload directive sees changes of the Corefile and of its imports, and tells of a mistake once', async () => {
    const port = await freePort()
    write('import part\n')
    write(block(port, '192.0.2.1', '    reload 2s 0s\n'), 'part')
    const run = new Run([])
    await run.prints('dns://')
    write(block(port, '192.0.2.2', '    reload 2s 0s\n'), 'part')
    await run.prints('reload: complete')
    expect(await ask(port)).toBe('www.example.org. 3600 IN A 192.0.2.2')
    write('import part\nx.example {\n    logg\n}\n')
    await run.prints('reload: failed')
    await new Promise((resolve) => setTimeout(resolve, 4500))
    expect(run.err.match(/reload: failed/g)).toHaveLength(1)
    expect(await ask(port)).toBe('www.example.org. 3600 IN A 192.0.2.2')
  }, 180_000)
})

it('ends once what is under way is answered', async () => {
  const port = await freePort()
  const upstream = createSocket('udp4')
  await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve))
  // An upstream that takes its time.
  upstream.on('message', (query, from) => {
    setTimeout(
      () =>
        upstream.send(Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80]), query.subarray(4)]), from.port),
      600,
    )
  })
  write(`.:${port} {\n    bind 127.0.0.1\n    forward . 127.0.0.1:${upstream.address().port}\n}\n`)
  const run = new Run([])
  await run.prints('dns://')
  const slow = ask(port, 'slow.example.')
  await new Promise((resolve) => setTimeout(resolve, 200))
  const code = run.kill('SIGTERM')
  expect(await slow).toBe('')
  expect(await code).toBe(0)
  upstream.close()
})
