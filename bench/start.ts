import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { parseName } from '../src/dns/name.ts'
import { childrenOf } from './load.ts'

/** What starting a server took. */
export interface Start {
  /** From exec to the first answer with an address in it. Milliseconds. */
  readonly ms: number
  /** Resident memory right after it: of the process, and those below it. Octets. */
  readonly resident: number
  /** The most that the process itself had until then. Octets. */
  readonly peak: number
}

/** How long a start may take. Milliseconds. */
const PATIENCE = 120_000
/** Between two queries. Milliseconds. */
const INTERVAL = 2

/** Starts a command, asks 127.0.0.1:port for `name A` until it answers, and ends it. */
export async function timeStart(
  command: readonly string[],
  port: number,
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Start> {
  const begun = performance.now()
  const child = spawn(command[0], command.slice(1), { stdio: 'ignore', env })
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command[0]} ended with ${code}`)))
  })
  ended.catch(() => {})
  try {
    await Promise.race([untilAnswered(port, name), ended])
    const ms = performance.now() - begun
    return { ms, resident: residentOf(child.pid!), peak: kilobytes(child.pid!, 'VmHWM') }
  } finally {
    await stop(child)
  }
}

/** Asks 127.0.0.1:port for `name A` until there is an address in the answer. */
export async function untilAnswered(port: number, name: string): Promise<void> {
  const socket = createSocket('udp4')
  try {
    await answered(socket, port, name)
  } finally {
    socket.close()
  }
}

function answered(socket: Socket, port: number, name: string): Promise<void> {
  const query = Buffer.concat([Buffer.of(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), parseName(name), Buffer.of(0, 1, 0, 1)])
  return new Promise((resolve, reject) => {
    const asking = setInterval(() => socket.send(query, port, '127.0.0.1', () => {}), INTERVAL)
    const patience = setTimeout(() => finish(() => reject(new Error(`no answer in ${PATIENCE} ms`))), PATIENCE)
    const finish = (end: () => void): void => {
      clearInterval(asking)
      clearTimeout(patience)
      end()
    }
    socket.on('error', () => {})
    socket.on('message', (message) => {
      const isAnswer = (message[3] & 15) === 0 && message.readUInt16BE(6) === 1
      if (isAnswer) finish(resolve)
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(patience)
}

const kilobytes = (pid: number, field: string): number =>
  1024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])

/** Resident memory in octets. NSD serves from processes that it starts: all of them count. */
export const residentOf = (pid: number): number =>
  childrenOf(pid).reduce((sum, child) => sum + residentOf(child), kilobytes(pid, 'VmRSS'))
