import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A redis-server of a test's own, on a port of loopback. */
export class RedisServer {
  readonly port: number
  /** Where nodes of a cluster speak with each other. */
  readonly bus: number
  readonly #folder: string
  readonly #args: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, bus: number, folder: string, args: readonly string[]) {
    this.port = port
    this.bus = bus
    this.#folder = folder
    this.#args = args
  }

  /** `args`: for redis-server, besides those that keep it small and to itself; PORT and BUS stand for its ports. */
  static async start(...args: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(
      await freePort(),
      await freePort(),
      mkdtempSync(join(tmpdir(), 'coredge-redis-')),
      args,
    )
    await server.start()
    return server
  }

  /** Starts it again, with what it had in memory when it was stopped. */
  async start(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', '3600 1']
    const ports: Record<string, number> = { PORT: this.port, BUS: this.bus }
    const args = this.#args.map((arg) => String(ports[arg] ?? arg))
    this.#child = spawn('redis-server', [...this.#file(), ...own, ...args], { stdio: 'ignore' })
    for (let tries = 0; !(await isListening(this.port)); tries++) {
      if (tries > 400) throw new Error('redis-server does not start')
      await wait(25)
    }
    for (let tries = 0; tries < 200 && /LOADING/.test(await this.cli('PING').catch(String)); tries++) await wait(25)
  }

  /** Sentinels want a configuration file that they can write to. */
  #file(): string[] {
    if (!this.#args.includes('--sentinel')) return []
    const path = join(this.#folder, 'sentinel.conf')
    writeFileSync(path, '')
    return [path]
  }

  /** Ends it as a system that goes down does: what it has is saved. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  async end(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** What redis-cli prints for a command. */
  async cli(...command: readonly string[]): Promise<string> {
    const tls = this.#args.includes('--tls-port') ? ['--tls', '--insecure'] : []
    const { stdout } = await run('redis-cli', ['-p', String(this.port), ...tls, ...command])
    return stdout.trim()
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
