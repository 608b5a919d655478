import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hasTool, run } from './tools.ts'
import { freePort, makeCertificate, startCoredge } from './transports.ts'

/** What the server taps as others read it: fstrm_capture and dnstap-ldns, and our own collector. */
const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp()
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'coredge-dnstap-'))
  cleanUps.push(() => rmSync(made, { recursive: true }))
  return made
}

interface Program {
  readonly output: () => string
  end(): Promise<void>
}

async function start(command: string, args: readonly string[], isReady: (output: string) => boolean): Promise<Program> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const exited = once(child, 'exit')
  cleanUps.push(() => child.kill('SIGKILL'))
  await vi.waitFor(() => expect(isReady(output)).toBe(true), { timeout: 20_000 })
  const end = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  return { output: () => output, end }
}

const capture = (socket: readonly string[], file: string): Promise<Program> =>
  start('fstrm_capture', ['-t', 'protobuf:dnstap.Dnstap', ...socket, '-w', file], (text) => /opened output/.test(text))

async function serve(directives: string, work: string) {
  const port = await freePort()
  const corefile = join(work, 'Corefile')
  const answer = 'template IN A example.org {\n        answer "{{ .Name }} 60 IN A 192.0.2.1"\n    }'
  writeFileSync(corefile, `.:${port} {\n    bind 127.0.0.1\n    ${directives}\n    ${answer}\n}\n`)
  const server = await startCoredge(['-conf', corefile], port, { cwd: work })
  cleanUps.push(() => server.child.kill('SIGKILL'))
  const ask = (...words: string[]): Promise<string> =>
    run('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+nocookie', '+noedns', '+short', ...words])
  return { server, port, ask }
}

const ready = hasTool('fstrm_capture') && hasTool('dnstap-ldns') && hasTool('dig') ? describe : describe.skip

ready('fstrm_capture and dnstap-ldns read it', () => {
  it.each([
    ['a path', (work: string) => ({ socket: `${work}/d.sock`, args: ['-u', `${work}/d.sock`] })],
    [
      'TCP',
      (_: string, port: number) => ({ socket: `tcp://127.0.0.1:${port}`, args: ['-a', '127.0.0.1', '-p', `${port}`] }),
    ],
  ])('over %s', async (_, at) => {
    const work = folder()
    const file = join(work, 'out.fstrm')
    const { socket, args } = at(work, await freePort())
    const captured = await capture(args, file)
    const { server, port, ask } = await serve(`dnstap ${socket} full {\n identity ns1\n version v1\n}`, work)
    expect(await ask('www.example.org', 'A')).toBe('192.0.2.1\n')
    expect(await ask('www.example.org', 'MX', '+tcp')).toBe('')
    expect(await server.stop()).toBe(0)
    await captured.end()
    const quiet = await run('dnstap-ldns', ['-r', file, '-q'])
    expect(
      quiet
        .trim()
        .split('\n')
        .map((line) => line.replace(/^\S+ \S+ /, '')),
    ).toEqual([
      'CQ 127.0.0.1 UDP 33b "www.example.org." IN A',
      'CR 127.0.0.1 UDP 49b "www.example.org." IN A',
      'CQ 127.0.0.1 TCP 33b "www.example.org." IN MX',
      'CR 127.0.0.1 TCP 33b "www.example.org." IN MX',
    ])
    const yaml = await run('dnstap-ldns', ['-r', file, '-y'])
    for (const line of ['identity: "ns1"', 'version: "v1"', 'socket_family: INET', `response_port: ${port}`])
      expect(yaml).toContain(line)
    expect(yaml).toContain('www.example.org.\t60\tIN\tA\t192.0.2.1')
    const years = [...yaml.matchAll(/(?:query|response)_time: !!timestamp (\d+)/g)].map(([, year]) => Number(year))
    expect(new Set(years)).toEqual(new Set([new Date().getUTCFullYear()]))
  })

  it('a collector that comes late, and a reload', async () => {
    const work = folder()
    const file = join(work, 'out.fstrm')
    const { server, ask } = await serve(`dnstap ${work}/d.sock full`, work)
    expect(await ask('early.example.org', 'A')).toBe('192.0.2.1\n')
    const captured = await capture(['-u', `${work}/d.sock`], file)
    await vi.waitFor(() => expect(server.output()).toMatch(/connected to .* again/), { timeout: 20_000 })
    server.child.kill('SIGUSR1')
    await vi.waitFor(() => expect(server.output()).toMatch(/reload/i), { timeout: 20_000 })
    expect(await ask('late.example.org', 'A')).toBe('192.0.2.1\n')
    expect(await server.stop()).toBe(0)
    await captured.end()
    const quiet = await run('dnstap-ldns', ['-r', file, '-q'])
    for (const name of ['early', 'late'])
      for (const kind of ['CQ', 'CR']) expect(quiet).toMatch(new RegExp(`${kind} .*"${name}\\.example\\.org\\."`))
  })
})

const COREDGE = join(import.meta.dirname, '../../src/node.ts')
const collector = (args: readonly string[], isReady: (output: string) => boolean): Promise<Program> =>
  start(process.execPath, [COREDGE, 'dnstap', ...args], isReady)
const isListening = (output: string): boolean => output.includes('listening on')

const withDig = hasTool('dig') ? describe : describe.skip

withDig('coredge dnstap', () => {
  it('listen prints a line for each message', async () => {
    const work = folder()
    const socket = join(work, 'd.sock')
    const printed = await collector(['listen', socket], isListening)
    const { ask, port, server } = await serve(`dnstap ${socket} full {\n extra "{type} \u001b[31m"\n}`, work)
    expect(await ask('www.example.org', 'A')).toBe('192.0.2.1\n')
    await server.stop()
    await vi.waitFor(() => expect(printed.output()).toContain('CR'), { timeout: 10_000 })
    await printed.end()
    expect(existsSync(socket)).toBe(false)
    const [, query, response] = printed.output().trim().split('\n')
    const ends = `127\\.0\\.0\\.1:\\d+ -> 127\\.0\\.0\\.1:${port}`
    // Nothing that comes over the wire speaks to the terminal.
    const extra = '"A \\\\\\\\u\\{1b\\}\\[31m"'
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6}'
    expect(query).toMatch(new RegExp(`^${time} CQ ${ends} UDP 33b www\\.example\\.org\\. IN A ${extra}$`))
    expect(response).toMatch(new RegExp(`^${time} CR ${ends} UDP 49b www\\.example\\.org\\. IN A NOERROR ${extra}$`))
  })

  it('listen prints JSON, over TLS, and ends after a number of messages', async () => {
    const work = folder()
    const { cert, key } = makeCertificate(work)
    const at = `tls://127.0.0.1:${await freePort()}`
    const args = ['listen', at, '-json', '-count', '2', '-cert', cert, '-key', key]
    const printed = await collector(args, isListening)
    const { ask, server } = await serve(`dnstap ${at} full {\n skipverify\n}`, work)
    await ask('www.example.org', 'A')
    await vi.waitFor(() => expect(printed.output().trim().split('\n')).toHaveLength(3), { timeout: 10_000 })
    await server.stop()
    const [, query, response] = printed.output().trim().split('\n')
    expect(JSON.parse(query)).toMatchObject({
      type: 'CLIENT_QUERY',
      socket_protocol: 'UDP',
      query_message: { size: 33, opcode: 'QUERY', question: { name: 'www.example.org.', class: 'IN', type: 'A' } },
    })
    expect(JSON.parse(response)).toMatchObject({
      type: 'CLIENT_RESPONSE',
      response_message: { rcode: 'NOERROR', flags: ['aa', 'rd'], answer: ['www.example.org. 60 IN A 192.0.2.1'] },
    })
  })

  it('connect fetches from a server that listens', async () => {
    const work = folder()
    const { ask, server } = await serve(`dnstap listen ${work}/d.sock full`, work)
    const printed = await collector(['connect', `${work}/d.sock`], () => true)
    await vi.waitFor(
      async () => {
        await ask('www.example.org', 'A')
        expect(printed.output()).toMatch(/CR .* www\.example\.org\. IN A NOERROR/)
      },
      { timeout: 20_000 },
    )
    expect(await server.stop()).toBe(0)
    await printed.end()
  })

  it('connect gets the messages of all threads', async () => {
    const work = folder()
    const { ask, server, port } = await serve(`multisocket 3\n    dnstap listen ${work}/d.sock`, work)
    const printed = await collector(['connect', `${work}/d.sock`, '-json'], () => true)
    // The system gives a query to a thread by the client's port.
    const seen = (): string[] =>
      printed
        .output()
        .split('\n')
        .filter((line) => line.includes('CLIENT_QUERY'))
    await vi.waitFor(
      async () => {
        const before = seen().length
        await Promise.all(Array.from({ length: 20 }, () => ask('www.example.org', 'A')))
        await new Promise((resolve) => setTimeout(resolve, 500))
        expect(seen().length - before).toBe(20)
      },
      { timeout: 30_000 },
    )
    expect(new Set(seen().map((line) => JSON.parse(line).response_port))).toEqual(new Set([port]))
    expect(await server.stop()).toBe(0)
    await printed.end()
  })

  it.each([
    [['listen'], 'it takes the word listen or connect, and a socket, got "listen"'],
    [['listen', 'tls://127.0.0.1:1'], 'a tls:// socket needs -cert and -key'],
    [['listen', 'http://x'], 'socket must be a path'],
    [['listen', '/tmp/x', '-count', '0'], '-count: must be a number above 0, got "0"'],
    [['connect', '/nowhere/d.sock'], 'cannot connect to /nowhere/d.sock: no such file'],
    [['listen', '/nowhere/d.sock'], 'cannot listen on /nowhere/d.sock: '],
  ])('%j fails with a reason', async (args, message) => {
    expect(await run(process.execPath, [COREDGE, 'dnstap', ...args])).toContain(message)
  })
})
