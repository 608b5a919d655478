import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-code-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const start = (env: NodeJS.ProcessEnv): void => {
  const entry = join(import.meta.dirname, '../../src/node.ts')
  execFileSync(process.execPath, [entry, '-version'], { env: { ...process.env, ...env } })
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
