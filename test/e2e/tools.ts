import { execFile, spawnSync } from 'node:child_process'
import { it } from 'vitest'

/** Whether a program is there. Where it is not, tests that need it are skipped, but with CI=true that is an error. */
export function hasTool(tool: string): boolean {
  const path = `${process.env.PATH}:/usr/sbin`
  const isThere = spawnSync('sh', ['-c', `command -v ${tool}`], { env: { ...process.env, PATH: path } }).status === 0
  if (isThere) return true
  if (process.env.CI === 'true') throw new Error(`${tool} is missing, and CI=true allows no skipped test`)
  console.warn(`skipping tests that need ${tool}: it is not installed`)
  return false
}

/** Node 22, at the path in $NODE22. Where there is none, tests that need it are skipped, but with CI=true that is an error. */
export function hasNode22(): string | undefined {
  const { NODE22: path, CI } = process.env
  if (path) return path
  if (CI === 'true') throw new Error('NODE22 must name the program, and CI=true allows no skipped test')
  console.warn('skipping tests on Node 22: set NODE22 to its path')
  return undefined
}

/** A test that needs a program: see hasTool. */
export const itWith = (tool: string): typeof it | typeof it.skip => (hasTool(tool) ? it : it.skip)

const MAX_OUTPUT = 67_108_864

/** Runs a program and gives what it prints on both outputs. Does not mind its exit code. */
export function run(command: string, args: readonly string[], timeout = 20_000): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout, encoding: 'utf8', maxBuffer: MAX_OUTPUT } as const
    execFile(command, args, options, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}
