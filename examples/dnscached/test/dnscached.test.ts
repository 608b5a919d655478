import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createServer, definePlugin, forwardPlugin, parseRecords, use } from 'coredge'
import { corefileOf } from '../corefile.ts'
import { readSettings } from '../settings.ts'

const PROGRAM = join(import.meta.dirname, '../dnscached.ts')
const corefile = (...args: string[]): string => corefileOf(readSettings(args))

test('without flags it keeps what the system’s servers answer', () => {
  assert.equal(
    corefile(),
    `.:5300 {
    bind 127.0.0.1
    cache 60 {
        prefetch 10
    }
    errors
    forward . /etc/resolv.conf
}
`,
  )
})

test('flags are words of the Corefile', () => {
  assert.equal(
    corefile(
      '-bind',
      '127.0.0.1,::1',
      '-port=53',
      '--success',
      '5000',
      '-denial',
      '0',
      '-ttl',
      '30',
      '-prefetch',
      '0',
      '-log',
      'tls://9.9.9.9%dns.quad9.net',
      '192.0.2.53',
    ),
    `.:53 {
    bind 127.0.0.1 ::1
    cache 30 {
        success 5000
        disable denial
    }
    errors
    forward . tls://9.9.9.9%dns.quad9.net 192.0.2.53
    log
}
`,
  )
})

const mistakes: [string[], RegExp][] = [
  [['-port', '70000'], /^Error: -port must be a number from 0 to 65535, got "70000"$/],
  [['-ttl', '0'], /-ttl must be/],
  [['-success', 'many'], /-success must be a number/],
  [['-nonsense'], /Unknown option '--nonsense'/],
  [['1.1.1.1 }'], /destination is no address: "1.1.1.1 }"/],
]
for (const [args, reason] of mistakes)
  test(`refused: ${args.join(' ')}`, () => {
    assert.throws(() => corefile(...args), reason)
  })

/** Starts the program; `lines` are what it has printed so far. */
function start(...args: string[]): { child: ChildProcess; lines: () => string[]; ended: Promise<unknown[]> } {
  const child = spawn(process.execPath, ['--experimental-strip-types', '--no-warnings', PROGRAM, ...args])
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (out += chunk))
  return { child, lines: () => out.split('\n'), ended: once(child, 'close') }
}

async function until(found: () => boolean): Promise<void> {
  for (let tries = 0; !found(); tries++) {
    assert.ok(tries < 300, 'waited for 30 seconds')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test('prints what it would do, and who it is', { timeout: 30_000 }, async (t) => {
  const dry = start('-dry-run', '-port', '53')
  await dry.ended
  assert.equal(dry.lines()[0], '.:53 {')
  const version = start('-version')
  await version.ended
  assert.match(version.lines()[0], /^dnscached with coredge-\d/)
  const wrong = start('-port', '0', 'x://192.0.2.53')
  t.after(() => wrong.child.kill('SIGKILL'))
  assert.equal((await wrong.ended)[0], 1)
  assert.match(wrong.lines()[0], /^dnscached:7:\d+: forward: .*x:\/\/192\.0\.2\.53/)
})

test('asks the destination once, and answers again from memory', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dnscached-'))
  t.after(() => rmSync(folder, { recursive: true }))
  let asked = 0
  const answering = definePlugin({
    name: 'answering',
    directive: { args: [] },
    setup: () => ({
      name: 'answering',
      serve(query) {
        asked++
        return query.reply({ ra: true, answer: parseRecords('www.example.org. 300 IN A 192.0.2.1') })
      },
    }),
  })
  const upstream = await createServer({ blocks: [{ zones: '.:0', plugins: [use(answering)] }] })
  t.after(() => upstream.close())
  const [, address] = (await upstream.listen())[0].split('//')
  const pidfile = join(folder, 'pid')
  const program = start('-port', '0', '-log', '-pidfile', pidfile, address)
  t.after(() => program.child.kill('SIGKILL'))
  await until(() => existsSync(pidfile))
  assert.equal(readFileSync(pidfile, 'utf8'), `${program.child.pid}\n`)
  const [, own] = program.lines()[0].split('//')
  // Another server that forwards to the program is a client like any other.
  const client = await createServer({
    corefile: `. {\n    forward . ${own}\n}\n`,
    plugins: [forwardPlugin],
  })
  t.after(() => client.close())
  for (const ttl of [60, 60]) {
    const { answer } = await client.ask('www.example.org A')
    assert.deepEqual(answer, [`www.example.org. ${ttl} IN A 192.0.2.1`])
  }
  assert.equal(asked, 1)
  await until(() => program.lines().filter((line) => line.includes('"A IN www.example.org.')).length === 2)
  program.child.kill('SIGTERM')
  assert.deepEqual(await program.ended, [0, null])
  assert.equal(existsSync(pidfile), false)
})

test('ends where it cannot write its process id', async () => {
  const program = start('-port', '0', '-pidfile', '/nowhere/pid', '192.0.2.1')
  assert.deepEqual(await program.ended, [1, null])
})
