import { closeSync, constants, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

/** How long a pipe may be silent. Milliseconds. */
const PATIENCE = 5000
const PAUSE = 10
const MOST = 256 * 1024 * 1024
const CHUNK = 65_536
const NULL = '/dev/null'

/** The octets of a file, or what comes out of a pipe. Rejects where reading might never end. */
export async function readWhole(path: string): Promise<Buffer> {
  const found = await stat(path)
  mustEnd(path, found)
  if (!found.isFIFO()) return readFile(path)
  const reading = drained(path)
  for (;;) {
    const step = reading.next()
    if (step.done) return step.value
    await wait(PAUSE)
  }
}

/** As `readWhole`, at once: pipes are errors, as nothing else could be done while one is silent. */
export function readWholeNow(path: string): Buffer {
  const found = statSync(path)
  mustEnd(path, found)
  if (found.isFIFO()) throw new Error('it is a pipe')
  return readFileSync(path)
}

/** As `readWhole`, at once, of a pipe: nothing else is done meanwhile. */
export function readPipeNow(path: string): Buffer {
  const reading = drained(path)
  const lock = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    const step = reading.next()
    if (step.done) return step.value
    Atomics.wait(lock, 0, 0, PAUSE)
  }
}

/** `program | server -conf /dev/stdin`, `server -conf <(program)`: what can be read once only. */
export function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO()
  } catch {
    return false
  }
}

function mustEnd(path: string, found: Stats): void {
  if (found.isSocket()) throw new Error('it is a socket')
  if ((found.isCharacterDevice() || found.isBlockDevice()) && path !== NULL) throw new Error('it is a device')
}

/** Reads a pipe to its end; yields where it is to be tried again after a pause. */
function* drained(path: string): Generator<void, Buffer> {
  // Else opening waits until somebody opens it to write.
  const pipe = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const chunks: Buffer[] = []
    let size = 0
    for (let end = Date.now() + PATIENCE; ; ) {
      const chunk = readChunk(pipe)
      if (chunk?.length === 0 && size > 0) return Buffer.concat(chunks)
      if (chunk && chunk.length > 0) {
        chunks.push(chunk)
        size += chunk.length
        end = Date.now() + PATIENCE
        if (size > MOST) throw new Error(`more than ${MOST} octets came out of the pipe`)
      } else if (Date.now() > end) throw new Error(`nothing came out of the pipe for ${PATIENCE / 1000} s`)
      else yield
    }
  } finally {
    closeSync(pipe)
  }
}

/** Empty where nobody writes, any more or yet; undefined where somebody is about to. */
function readChunk(pipe: number): Buffer | undefined {
  const chunk = Buffer.alloc(CHUNK)
  try {
    return chunk.subarray(0, readSync(pipe, chunk))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    return undefined
  }
}
