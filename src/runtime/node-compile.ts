import { type ChildProcess, spawn } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../corefile/error.ts'
import { type Name, nameText } from '../dns/name.ts'
import { ZoneError, ZoneErrors } from '../zone/error.ts'
import { ZoneImage } from '../zone/image.ts'
import { readImageFile } from './node-imagefile.ts'
import { sibling } from './node-sibling.ts'
import { Turns } from './node-turns.ts'

/** What the compiler says beside the image. */
export interface CompilerResult {
  /** By path: what each file looked like before it was read. */
  readonly stamps: readonly (readonly [path: string, stamp: string])[]
  /** Where there is an image. */
  readonly warnings?: readonly string[]
  /** The file in which it is kept, or why it is in none. */
  readonly kept?: string
  readonly unkept?: string
  /** What is wrong with the zone. */
  readonly errors?: readonly { reason: string; file: string; line: number; column: number }[]
  /** What else went wrong. */
  readonly reason?: string
}

export interface CompileApartOptions {
  /** The folder where compiled zones are kept. */
  readonly cache?: string
  readonly warn: (line: string) => void
  /** Called with what each file looked like before it was read. */
  readonly stamped: (path: string, stamp: string) => void
}

const COMPILER = fileURLToPath(sibling('node-compiler', import.meta.url))
/** Of the options of this process, those that the compiler needs as well. */
const INHERITED = /^--(experimental-strip-types|max-old-space-size|permission|allow-)/
/** How much of what a compiler complains about is kept. Characters. */
const MOST_COMPLAINT = 4096
/** The line of it that tells most. */
const TELLING = /^(?:\w*Error|FATAL ERROR)\b/

/** Compilers take a core each, and memory. */
const turns = new Turns(availableParallelism())

/**
 * Compiles a zone file in a process of its own: queries are answered meanwhile, and the memory that it took is given back. The
 * image is in memory that threads can share. Rejects with ZoneErrors, or with a one-line reason.
 */
export function compileApart(path: string, origin: Name, options: CompileApartOptions): Promise<ZoneImage> {
  return turns.take(async () => {
    const child = start(path, origin, options.cache)
    const ended = endOf(child)
    const output = await readOutput(child.stdio[3] as Readable | null).catch(() => undefined)
    const failure = await ended
    if (!output || failure !== undefined) throw notCompiled(path, failure ?? 'the compiler ended without a word')
    const { stamps, warnings, kept, unkept, errors, reason } = output.result
    for (const [file, stamp] of stamps) options.stamped(file, stamp)
    if (errors)
      throw new ZoneErrors(errors.map((error) => new ZoneError(error.reason, error.file, error.line, error.column)))
    if (!warnings) throw new ConfigError(reason ?? 'the compiler gave no reason')
    if (unkept !== undefined) options.warn(unkept)
    const image = kept === undefined ? output.image : (await readImageFile(kept))?.image
    if (!image) throw notCompiled(path, `${kept} was damaged at once`)
    return new ZoneImage(image, warnings)
  })
}

function start(path: string, origin: Name, cache: string | undefined): ChildProcess {
  const options = process.execArgv.filter((option) => INHERITED.test(option))
  const code = getCompileCacheDir()
  return spawn(process.execPath, [...options, COMPILER, path, nameText(origin), cache ?? ''], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // It shares the compiled code that this process keeps.
    env: code === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(code) },
  })
}

const notCompiled = (path: string, reason: string): ZoneErrors =>
  new ZoneErrors([new ZoneError(`not compiled: ${reason}`, path)])

/** What the compiler wrote; undefined where that is not whole. */
async function readOutput(stream: Readable | null): Promise<{ result: CompilerResult; image: Uint8Array } | undefined> {
  let head = Buffer.alloc(0)
  let image: Uint8Array | undefined
  let result: CompilerResult | undefined
  let at = 0
  for await (let chunk of stream ?? []) {
    if (!image) {
      head = Buffer.concat([head, chunk])
      const end = head.length < 8 ? 8 : 8 + head.readUInt32BE(0)
      if (head.length < end) continue
      result = JSON.parse(head.subarray(8, end).toString())
      image = new Uint8Array(new SharedArrayBuffer(head.readUInt32BE(4)))
      chunk = head.subarray(end)
    }
    image.set(chunk, at)
    at += chunk.length
  }
  return result && at === image?.length ? { result, image } : undefined
}

/** Settles when the process has ended: with a reason where it failed. */
function endOf(child: ChildProcess): Promise<string | undefined> {
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, MOST_COMPLAINT)
  })
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve(`the compiler cannot be started: ${message}`))
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(undefined)
      const lines = complaint.split('\n').filter((line) => line.trim() !== '')
      resolve(lines.find((line) => TELLING.test(line)) ?? lines[0] ?? `the compiler ended with ${signal ?? code}`)
    })
  })
}
