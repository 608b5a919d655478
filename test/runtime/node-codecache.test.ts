import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-code-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const ENTRY = join(import.meta.dirname, '../../src/node.ts')
const start = (env: NodeJS.ProcessEnv): void => {
  execFileSync(process.execPath, [ENTRY, '-version'], { env: { ...process.env, ...env } })
}

it('keeps the code of modules in the cache folder, for its owner only', () => {
  start({ COREDGE_CACHE: join(folder, 'cache'), NODE_COMPILE_CACHE: undefined })
  expect(statSync(join(folder, 'cache/code')).mode & 0o777).toBe(0o700)
  const [version] = readdirSync(join(folder, 'cache/code'))
  expect(readdirSync(join(folder, 'cache/code', version)).length).toBeGreaterThan(10)
})

it('keeps nothing where it is told so, or cannot', () => {
  start({ COREDGE_CACHE: '', XDG_CACHE_HOME: folder })
  expect(readdirSync(folder)).toEqual([])
  start({ COREDGE_CACHE: '/dev/null/nowhere' })
  expect(existsSync('/dev/null/nowhere')).toBe(false)
})

it('is written once a server is ready, when what other versions of Node have left goes', async () => {
  const code = join(folder, 'code')
  const [old, other] = ['v20.0.0-x64-12345678-0', `${process.version}-other-settings`]
  for (const name of [old, other]) mkdirSync(join(code, name), { recursive: true, mode: 0o700 })
  const env = { ...process.env, COREDGE_CACHE: folder, NODE_COMPILE_CACHE: undefined }
  const child = spawn(process.execPath, [ENTRY, '-conf', 'stdin', '-p', '0'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    child.stdin.end('. {\n    bind 127.0.0.1\n    whoami\n}\n')
    await once(child.stdout, 'data')
    await expect.poll(() => readdirSync(code)).not.toContain(old)
    expect(readdirSync(code)).toContain(other)
    const [own] = readdirSync(code).filter((name) => name !== other)
    expect(readdirSync(join(code, own)).length).toBeGreaterThan(100)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})
