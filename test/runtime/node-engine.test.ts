import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'

const ENTRY = join(import.meta.dirname, '../../src/node.ts')
const COREFILE = '. {\n    bind 127.0.0.1\n    whoami\n}\n'
const TUNED = ['--min-semi-space-size=8', '--max-semi-space-size=8', '--heap-growing-percent=200']
let child: ChildProcess | undefined

afterEach(async () => {
  if (!child) return
  child.kill('SIGKILL')
  await once(child, 'close')
  child = undefined
})

/** The options of Node in a server's command line, once it serves; its Corefile comes over stdin. */
async function served(
  options: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string[]> {
  const words = [...options, ENTRY, ...args, '-conf', 'stdin', '-p', '0']
  child = spawn(process.execPath, words, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin!.end(COREFILE)
  const [line] = await once(child.stdout!, 'data')
  expect(String(line)).toContain('dns://127.0.0.1:')
  const [, ...rest] = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0')
  return rest.slice(0, rest.indexOf(ENTRY))
}

describe.runIf(process.platform === 'linux')('a process that serves', () => {
  it.each([[[]], [['serve']]])('has its own settings of the engine, in the same process: %j', async (args) => {
    expect(await served([], args)).toEqual(TUNED)
  })

  it('keeps the options that it was given', async () => {
    expect(await served(['--stack-trace-limit=20'], [])).toEqual([...TUNED, '--stack-trace-limit=20'])
  })

  it('leaves a choice of the user alone', async () => {
    expect(await served(['--max-semi-space-size=32'], [])).toEqual(['--max-semi-space-size=32'])
    child!.kill('SIGKILL')
    expect(await served([], [], { NODE_OPTIONS: '--max-semi-space-size=32' })).toEqual([])
  })

  it('goes on without them where it may not', async () => {
    const rights = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-worker', '--no-warnings']
    expect(await served(rights, [])).toEqual(rights)
  })
})
