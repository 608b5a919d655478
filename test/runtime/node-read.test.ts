import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isPipe, readPipeNow, readWhole, readWholeNow } from '../../src/runtime/node-read.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-read-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const path = (name: string): string => join(folder, name)

function pipe(): string {
  execFileSync('mkfifo', [path('pipe')])
  return path('pipe')
}

/** Writes to it in two steps, as slow programs do. */
const feed = (to: string): unknown => spawn('sh', ['-c', `exec > "${to}"; echo one; sleep 0.2; echo two`])

describe.skipIf(process.platform === 'win32')('what is read', () => {
  it('is a file', async () => {
    writeFileSync(path('file'), 'text')
    expect([String(await readWhole(path('file'))), String(readWholeNow(path('file')))]).toEqual(['text', 'text'])
    expect(isPipe(path('file'))).toBe(false)
  })

  it('is nothing where that is what is named', async () => {
    expect([String(await readWhole('/dev/null')), String(readWholeNow('/dev/null'))]).toEqual(['', ''])
  })

  it('is a pipe, whoever opens it first', async () => {
    const fifo = pipe()
    expect(isPipe(fifo)).toBe(true)
    const reading = readWhole(fifo)
    feed(fifo)
    expect(String(await reading)).toBe('one\ntwo\n')
    feed(fifo)
    expect(String(readPipeNow(fifo))).toBe('one\ntwo\n')
  })
})

describe.skipIf(process.platform === 'win32')('what would never end', () => {
  it('is a pipe that nobody writes to', async () => {
    const fifo = pipe()
    await expect(readWhole(fifo)).rejects.toThrow('nothing came out of the pipe for 5 s')
    expect(() => readWholeNow(fifo)).toThrow('it is a pipe')
  })

  it('is a device', async () => {
    await expect(readWhole('/dev/zero')).rejects.toThrow('it is a device')
    expect(() => readWholeNow('/dev/zero')).toThrow('it is a device')
  })

  it('is a socket', async () => {
    const server = createServer().listen(path('socket'))
    await once(server, 'listening')
    await expect(readWhole(path('socket'))).rejects.toThrow('it is a socket')
    server.close()
  })

  it('is said of what is not there either', async () => {
    await expect(readWhole(path('none'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(() => readWholeNow(path('none'))).toThrow(/ENOENT/)
    expect(isPipe(path('none'))).toBe(false)
  })
})
