import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { itWith, run } from '../e2e/tools.ts'
import { freePort } from '../e2e/transports.ts'

/** `coredge dev` on a copy of the project, as after a clone: the tutorial's Corefile and zone. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const root = join(import.meta.dirname, '../..')
const FILES = ['src', 'zones', 'Corefile', 'plugin.cfg', 'package.json', 'wrangler.toml', 'tsconfig.json']
const PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`

let folder: string
let dns: number
let output = ''
let dev: ReturnType<typeof spawn>

const lines = (): string[] => output.split('\n')
/** The lines that a user is told to paste. */
const pasted = (): string[] => lines().filter((line) => /^ {2}(dig|kdig|curl|printf) /.test(line))
const http = (): string => /http:\/\/127\.0\.0\.1:\d+/.exec(output)![0]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-dev-'))
  for (const file of FILES) cpSync(join(root, file), join(folder, file), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  dns = await freePort()
  const args = ['src/node.ts', 'dev', '-p', `${dns}`, '-http', '0', '-https', '0']
  dev = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, PATH } })
  for (const stream of [dev.stdout!, dev.stderr!])
    stream.on('data', (chunk) => {
      output += chunk
    })
  await vi.waitFor(() => expect(output).toContain('Ctrl-C ends'), { timeout: 50_000, interval: 100 })
})

afterAll(async () => {
  if (dev.exitCode === null) {
    dev.kill('SIGKILL')
    await once(dev, 'close')
  }
  rmSync(folder, { recursive: true })
})

const shell = (line: string): Promise<string> => run('sh', ['-c', `cd ${folder} && ${line.trim()}`])
const overHttps = async (name = 'www.example.org'): Promise<string | undefined> => {
  const response = await fetch(`${http()}/resolve?name=${name}`)
  return (await response.json()).Answer?.[0].data
}
const overUdp = async (): Promise<string> =>
  (await run('dig', ['@127.0.0.1', '-p', `${dns}`, '+short', 'www.example.org'])).trim()
const edit = (file: string, from: string | RegExp, to: string): void => {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`${file} has no ${from}`)
  writeFileSync(path, changed)
}
/** Waits for a line printed from here on. */
const printed = async (text: string, since: number): Promise<void> => {
  await vi.waitFor(() => expect(output.slice(since)).toContain(text), { timeout: 15_000, interval: 50 })
}

it('says what is served where', () => {
  expect(output).toContain(`  dns://127.0.0.1:${dns} example.org .\n`)
  expect(pasted().map((line) => line.trim().split(' ')[0])).toEqual([
    'dig',
    'dig',
    'dig',
    'kdig',
    'curl',
    'printf',
    'curl',
    'curl',
  ])
})

describe('every line to paste works', () => {
  const answered = {
    dig: /status: NOERROR[\s\S]*www\.example\.org\.\s+3600\s+IN\s+A\s+127\.0\.0\.1/,
    od: /w\s+w\s+w[\s\S]*177\s+\\0\s+\\0\s+(\d+\s+)?001/,
  }
  const cases: [number, string, RegExp][] = [
    [0, 'dig', answered.dig],
    [1, 'dig', answered.dig],
    [2, 'dig', answered.dig],
    [3, 'kdig', answered.dig],
    [4, 'curl', answered.od],
    [5, 'curl', answered.od],
    [6, 'curl', /"Answer":\[\{"name":"www\.example\.org\.","type":1,"TTL":3600,"data":"127\.0\.0\.1"\}/],
    [7, 'curl', /"Answer":\[\{"name":"www\.example\.org\.","type":1,"TTL":3600,"data":"127\.0\.0\.1"\}/],
  ]
  for (const [index, tool, answer] of cases)
    itWith(tool)(`number ${index + 1}, by ${tool}`, async () => {
      expect(await shell(pasted()[index])).toMatch(answer)
    })

  itWith('dig')('and so does dig without TLS', async () => {
    const port = new URL(http()).port
    expect(await run('dig', ['@127.0.0.1', '-p', port, '+http-plain', '+short', 'www.example.org'])).toBe('127.0.0.1\n')
  })
})

it('the assets of the Worker are nobody else’s', async () => {
  const [manifest] = readdirSync(join(folder, '.coredge'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('manifest.json'),
  )
  const names = readdirSync(join(folder, '.coredge', manifest, '..'))
  expect(names).toContain('manifest.json')
  for (const name of names) expect((await fetch(`${http()}/${name}`)).status).toBe(404)
})

itWith('dig')('a change of the zone reaches both sides', async () => {
  const since = output.length
  edit('zones/db.example.org', '2017042745', '2017042746')
  edit('zones/db.example.org', 'IN A    127.0.0.1', 'IN A    192.0.2.1')
  await printed('changed, here and in the Worker', since)
  expect(await overUdp()).toBe('192.0.2.1')
  expect(await overHttps()).toBe('192.0.2.1')
})

describe('a mistake', () => {
  const mistakes: [string, () => void, () => void, RegExp][] = [
    [
      'in the zone',
      () => edit('zones/db.example.org', /$/, 'bad IN AX 192.0.2.2\n'),
      () => edit('zones/db.example.org', 'bad IN AX 192.0.2.2\n', 'good IN A 192.0.2.2\n'),
      /\[ERROR\] zones\/db\.example\.org:\d+:8: unknown record type "AX"/g,
    ],
    [
      'in the Corefile',
      () => edit('Corefile', 'file zones', 'fil zones'),
      () => edit('Corefile', 'fil zones', 'file zones'),
      /\[ERROR\] Corefile:\d+:5: fil: unknown directive \(did you mean "file"\?\), got "fil"/g,
    ],
  ]
  for (const [where, make, mend, message] of mistakes)
    itWith('dig')(`${where} is told once, and changes neither side`, async () => {
      let since = output.length
      make()
      await printed('the old configuration stays in use, here and in the Worker', since)
      await new Promise((resolve) => setTimeout(resolve, 2500))
      expect(output.slice(since).match(message)).toHaveLength(1)
      expect(await overUdp()).toBe('192.0.2.1')
      expect(await overHttps()).toBe('192.0.2.1')
      since = output.length
      mend()
      await printed('changed, here and in the Worker', since)
    })
})

it('a change under load loses no request', async () => {
  const answers: (string | undefined)[] = []
  let isDone = false
  const asking = Array.from({ length: 4 }, async () => {
    while (!isDone) answers.push(await overHttps())
  })
  const since = output.length
  edit('zones/db.example.org', '192.0.2.1', '192.0.2.77')
  await printed('changed, here and in the Worker', since)
  isDone = true
  await Promise.all(asking)
  expect(new Set(answers)).toEqual(new Set(['192.0.2.1', '192.0.2.77']))
})

it('a second one says whose port is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  const said = await shell(`${process.execPath} src/node.ts dev -http ${port} -https 0 2>&1; echo code $?`)
  taken.close()
  expect(said).toBe(
    `port ${port} is taken by another program; choose another: -http PORT (npm start -- -http PORT)\ncode 1\n`,
  )
})

it('ends by a signal, and leaves only the certificate', async () => {
  dev.kill('SIGTERM')
  const [code] = await once(dev, 'close')
  expect(code).toBe(0)
  expect(readdirSync(join(folder, '.coredge')).sort()).toEqual(['cert.pem', 'key.pem'])
  expect(existsSync(join(folder, 'dist'))).toBe(false)
})
