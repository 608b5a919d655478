import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, test, vi } from 'vitest'
import { runCommand } from '../../src/runtime/node-command.ts'
import type { Command } from '../../src/runtime/runtime.ts'
import { freePort, startCoredge } from '../e2e/transports.ts'
import { faults, rig } from './rig.ts'

/** Commands that end when the test says so. */
class Programs {
  readonly started: string[] = []
  readonly killed: string[] = []
  readonly #ends = new Map<string, (reason?: Error) => void>()

  readonly run = (words: readonly string[]): Command => {
    const line = words.join('|')
    this.started.push(line)
    const ended = new Promise<void>((resolve, reject) => {
      this.#ends.set(line, (reason) => (reason ? reject(reason) : resolve()))
    })
    return { ended, kill: () => void this.killed.push(line) }
  }

  async end(line: string, reason?: Error): Promise<void> {
    this.#ends.get(line)!(reason)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('commands', () => {
  it('run one after the other, and DNS does not wait for them', async () => {
    const programs = new Programs()
    const { answer } = await rig(
      '. {\non startup one a\non shutdown never\non startup "two  b c"\non STARTUP three "d e"\nwhoami\n}',
      {
        run: programs.run,
      },
    )
    expect((await answer('www.example.org A')).rcode).toBe('NOERROR')
    expect(programs.started).toEqual(['one|a'])
    await programs.end('one|a')
    expect(programs.started).toEqual(['one|a', 'two|b|c'])
    await programs.end('two|b|c')
    expect(programs.started).toEqual(['one|a', 'two|b|c', 'three|d e'])
  })

  it('are not waited for with &', async () => {
    const programs = new Programs()
    const { instance } = await rig('. {\non startup one &\non startup two &\non shutdown three &\n}', programs)
    expect(programs.started).toEqual(['one', 'two'])
    await instance.drain()
    expect(programs.started).toEqual(['one', 'two', 'three'])
  })

  it('at the end are waited for, and the server goes on meanwhile', async () => {
    const programs = new Programs()
    const { instance, answer } = await rig('. {\non shutdown one\non shutdown two\nwhoami\n}', programs)
    let isOver = false
    const over = instance.drain().then(() => {
      isOver = true
    })
    expect(programs.started).toEqual(['one'])
    expect((await answer('www.example.org A')).rcode).toBe('NOERROR')
    await programs.end('one')
    expect([programs.started, isOver]).toEqual([['one', 'two'], false])
    await programs.end('two')
    await over
  })

  it('that never end are told to, after 30 seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const programs = new Programs()
    const { instance, runtime } = await rig('. {\non shutdown one\n}', programs)
    const over = instance.drain()
    await vi.advanceTimersByTimeAsync(30_000)
    await over
    expect(programs.killed).toEqual(['one'])
    expect(runtime.logged).toEqual(['[ERROR] plugin/on: shutdown: one: not done within 30 s'])
  })

  it('that fail leave a line', async () => {
    const programs = new Programs()
    const { runtime } = await rig('. {\non startup one a\non startup two\n}', programs)
    await programs.end('one|a', new Error('no such file'))
    expect(runtime.logged).toEqual(['[ERROR] plugin/on: startup: one a: no such file'])
    expect(programs.started).toEqual(['one|a', 'two'])
  })
})

test.each([
  [['true'], 'ended'],
  [['false'], 'ended with exit code 1'],
  [['sh', '-c', 'kill -9 $$'], 'ended by SIGKILL'],
  [['/nowhere/program'], 'no such file'],
])('the system’s command %j: %s', async (words, expected) => {
  expect(
    await runCommand(words).ended.then(
      () => 'ended',
      (error) => error.message,
    ),
  ).toBe(expected)
})

it('a process runs them at its start, at a reload, and before its end', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-on-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const script = join(folder, 'note.sh')
  writeFileSync(script, `#!/bin/sh\nsleep 0.2\necho "$1" >> ${folder}/notes\n`, { mode: 0o755 })
  const port = await freePort()
  const write = (more: string): void =>
    writeFileSync(
      join(folder, 'Corefile'),
      `.:${port} {\nbind 127.0.0.1\non startup ${script} started\non shutdown ${script} "the end"\nwhoami\n${more}\n}\n`,
    )
  write('')
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  const notes = (): string[] =>
    existsSync(join(folder, 'notes')) ? readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n') : []
  await vi.waitFor(() => expect(notes()).toEqual(['started']), 10_000)
  write('any')
  server.child.kill('SIGUSR1')
  await vi.waitFor(() => expect(notes()).toEqual(['started', 'started']), 10_000)
  expect(await server.stop()).toBe(0)
  expect(notes()).toEqual(['started', 'started', 'the end'])
})

test.each([
  ['on', 'on: event is missing'],
  ['on xyz cmd arg', 'event must be startup, shutdown or certrenew, got "xyz"'],
  ['on startup', 'command is missing'],
  ['on startup &', 'command must not be empty'],
  ['on startup ""', 'command must not be empty'],
])('%s is a mistake', async (directive, message) => {
  expect(await faults(`. {\n${directive}\nwhoami\n}`)).toContain(message)
})

it('certrenew is taken, with a warning; a Worker runs no commands', async () => {
  const { instance } = await rig('. {\non certrenew cmd arg\nwhoami\n}')
  expect(instance.warnings.join()).toContain('on: certrenew never happens here')
  expect(await faults('. {\non startup x\n}', { name: 'workers' })).toContain('on: a Worker can run no commands')
})
