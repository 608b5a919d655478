import { spawn } from 'node:child_process'
import { systemReason } from './node-reason.ts'
import type { Command } from './runtime.ts'

/** Runs a command, without a shell, with the outputs of this process. Rejects with a one-line reason where it fails. */
export function runCommand([program, ...args]: readonly string[]): Command {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(systemReason(error))))
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(signal ? `ended by ${signal}` : `ended with exit code ${code}`))
    })
  })
  return { ended, kill: () => void child.kill('SIGTERM') }
}
