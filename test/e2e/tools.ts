import { execFile, spawnSync } from 'node:child_process'
import { it } from 'vitest'

/** A test that needs a program. Where that is missing the test is skipped, but with CI=true it fails. */
export function itWith(tool: string): typeof it | typeof it.skip {
  const path = `${process.env.PATH}:/usr/sbin`
  const isThere = spawnSync('sh', ['-c', `command -v ${tool}`], { env: { ...process.env, PATH: path } }).status === 0
  if (isThere) return it
  if (process.env.CI === 'true') throw new Error(`${tool} is missing, and CI=true allows no skipped test`)
  console.warn(`skipping tests that need ${tool}: it is not installed`)
  return it.skip
}

const MAX_OUTPUT = 67_108_864

/** Runs a program and gives what it prints on both outputs. Does not mind its exit code. */
export function run(command: string, args: readonly string[], timeout = 20_000): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout, encoding: 'utf8', maxBuffer: MAX_OUTPUT } as const
    execFile(command, args, options, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}
