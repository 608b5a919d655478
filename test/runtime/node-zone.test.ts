import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Name, parseName } from '../../src/dns/name.ts'
import { NodeFiles } from '../../src/runtime/node-files.ts'
import { writeImageFile } from '../../src/runtime/node-imagefile.ts'
import { compileZone } from '../../src/zone/compile.ts'
import { ZoneErrors } from '../../src/zone/error.ts'
import type { ZoneImage } from '../../src/zone/image.ts'
import { ask } from '../zone/zones.ts'

const ORIGIN = parseName('example.')
const SOA = '@ 60 SOA ns.elsewhere. h 1 2 3 4 5\n@ 60 NS ns.elsewhere.\n'
/** More text than is compiled in the process that serves. */
const MANY = Array.from({ length: 20_000 }, (_, i) => `host${i} 60 A 10.0.${i >> 8}.${i & 255}\n`).join('')

let folder: string
const warn = vi.fn<(line: string) => void>()
vi.setConfig({ testTimeout: 20_000 })
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-zone-'))
  warn.mockReset()
})
afterEach(() => {
  expect(warn.mock.calls).toEqual([])
  rmSync(folder, { recursive: true })
})

const path = (name: string): string => join(folder, name)
const write = (name: string, text: string): void => writeFileSync(path(name), text)
const read = (name: string, options = {}, origin: Name = ORIGIN): Promise<ZoneImage> =>
  new NodeFiles({ warn, ...options }).zone(path(name), origin)
const isShared = ({ bytes }: ZoneImage): boolean => bytes.buffer instanceof SharedArrayBuffer
const compiled = (text: string, file: string): ZoneImage =>
  compileZone(Buffer.from(text), { origin: ORIGIN, file: path(file) })

describe('a large zone', () => {
  it('is compiled in another process, to the same image in memory that threads share', async () => {
    write('db', SOA + MANY)
    const image = await read('db')
    expect(isShared(image)).toBe(true)
    expect(Buffer.from(image.bytes).equals(compiled(SOA + MANY, 'db').bytes)).toBe(true)
    expect(ask(image, 'host19999.example. A').answer).toEqual(['host19999.example. 60 IN A 10.0.78.31'])
  })

  it('is large by what it includes or generates too', async () => {
    write('db', `${SOA}$INCLUDE more\n`)
    write('more', MANY)
    const files = new NodeFiles()
    expect(isShared(await files.zone(path('db'), ORIGIN))).toBe(true)
    expect(files.paths).toEqual([path('db'), path('more')])
    write('db', `${SOA}$generate 1-6000 h$ 60 A 192.0.2.1\n`)
    expect(isShared(await read('db'))).toBe(true)
    write('db', `${SOA}$GENERATE 1-200 h$ 60 A 192.0.2.$\n`)
    expect(isShared(await read('db'))).toBe(false)
  })

  it('has the mistakes and warnings that it would have here', async () => {
    const wrong = `${SOA}${MANY}www 60 A 192.0.2.256\n$INCLUDE none\n$INCLUDE ../x\nmx 60 MX x y\n`
    write('db', wrong)
    const error: ZoneErrors = await read('db').then(Promise.reject, (error) => error)
    expect(error).toBeInstanceOf(ZoneErrors)
    expect(error.errors.map(({ message }) => message.replaceAll(folder, ''))).toEqual([
      '/db:20003:10: A: address must be an IPv4 address, got "192.0.2.256"',
      '/db:20004:10: $INCLUDE: cannot read /none: no such file',
      `/db:20005:10: $INCLUDE: ${tmpdir()}/x is outside the folder of the zone file`,
      '/db:20006:10: MX: preference must be 0–65535, got "x"',
    ])
    expect(error.errors[0]).toMatchObject({ file: path('db'), line: 20_003, column: 10 })
    write('db', `${SOA}${MANY}www.other. 60 A 192.0.2.1\n`)
    expect((await read('db')).warnings).toEqual([
      `${path('db')}:20003:1: A record of www.other. is outside the zone example. and ignored`,
    ])
  })
})

it('gives back the memory of a large zone that has been replaced', async () => {
  write('db', SOA + MANY)
  const replaced = await read('db').then((image) => new WeakRef(image))
  await vi.waitFor(() => expect(replaced.deref() === undefined).toBe(true), 3000)
})

describe('a compiler that fails', () => {
  it('is an error: it cannot start', async () => {
    write('db', SOA + MANY)
    vi.stubEnv('NODE_OPTIONS', '--no-such-option')
    await expect(read('db')).rejects.toThrow(/db: not compiled: .*--no-such-option/)
    vi.unstubAllEnvs()
  })

  it('is an error: it is killed', async () => {
    write('db', `${SOA}${MANY}$INCLUDE fifo\n`)
    execFileSync('mkfifo', [path('fifo')])
    const reading = expect(read('db')).rejects.toThrow('db: not compiled: the compiler ended with SIGKILL')
    const pid = await vi.waitFor(
      () =>
        execFileSync('pgrep', ['-f', `node-compiler.ts ${folder}`])
          .toString()
          .trim(),
      5000,
    )
    process.kill(Number(pid), 'SIGKILL')
    await reading
  })
})

describe('the cache', () => {
  const cache = () => ({ cache: path('cache') })
  const kept = (): string[] => readdirSync(path('cache/zones')).map((name) => path(`cache/zones/${name}`))
  const OTHER = compileZone(Buffer.from(`${SOA}other 60 A 192.0.2.9\n`), { origin: ORIGIN, file: 'other' }).bytes
  /** Puts another image in the place of the one that is kept: only who reads it from there will have it. */
  const exchange = (note = { path: path('db'), warnings: [], includes: [] }): void => {
    const [file] = kept()
    rmSync(file)
    writeImageFile(file, OTHER, note)
  }
  const isKept = async (name = 'db', origin?: Name): Promise<boolean> =>
    (await read(name, cache(), origin)).records === 3

  beforeEach(() => write('db', SOA + MANY))

  it('spares compiling the same text again, whatever the file is called', async () => {
    const first = await read('db', cache())
    expect(isShared(first)).toBe(true)
    expect(kept()).toHaveLength(1)
    expect(Buffer.from((await read('db', cache())).bytes).equals(first.bytes)).toBe(true)
    exchange()
    expect(await isKept()).toBe(true)
    write('copy', SOA + MANY)
    expect(await isKept('copy')).toBe(true)
    expect(await isKept('db', parseName('other.'))).toBe(false)
    write('db', `${SOA}${MANY};\n`)
    expect(await isKept()).toBe(false)
  })

  it('keeps warnings, and looks at what is included', async () => {
    write('db', `${SOA}${MANY}$INCLUDE more\n`)
    write('more', 'www.other. 60 A 192.0.2.1\n')
    const { warnings } = await read('db', cache())
    expect(warnings).toHaveLength(1)
    const files = new NodeFiles({ warn, ...cache() })
    expect((await files.zone(path('db'), ORIGIN)).warnings).toEqual(warnings)
    expect(files.paths).toEqual([path('db'), path('more')])
    write('more', 'www 60 A 192.0.2.1\n')
    const image = await read('db', cache())
    expect(image.warnings).toEqual([])
    expect(ask(image, 'www.example. A').answer).toHaveLength(1)
    rmSync(path('more'))
    await expect(read('db', cache())).rejects.toThrow('no such file')
  })

  it('does not keep what has mistakes', async () => {
    write('db', `${SOA}${MANY}www 60 A x\n`)
    await expect(read('db', cache())).rejects.toThrow(ZoneErrors)
    expect(() => kept()).toThrow('ENOENT')
  })

  it('takes nothing that is damaged', async () => {
    const { bytes } = await read('db', cache())
    const [file] = kept()
    const whole = readFileSync(file)
    writeFileSync(file, Buffer.concat([whole.subarray(0, 5000), Buffer.of(whole[5000] ^ 16), whole.subarray(5001)]))
    expect(Buffer.from((await read('db', cache())).bytes).equals(bytes)).toBe(true)
    expect(readFileSync(file).equals(whole)).toBe(true)
  })

  it('is for its owner only', async () => {
    await read('db', cache())
    expect(statSync(path('cache')).mode & 0o777).toBe(0o700)
    expect(statSync(path('cache/zones')).mode & 0o777).toBe(0o700)
    expect(statSync(kept()[0]).mode & 0o777).toBe(0o600)
    exchange()
    chmodSync(path('cache/zones'), 0o777)
    expect(await isKept()).toBe(false)
    expect(warn.mock.calls).toEqual([[`cannot keep compiled zones in ${path('cache/zones')}: others can write there`]])
    warn.mockReset()
  })

  it('is no reason to fail where it cannot be', async () => {
    write('cache', '')
    expect((await read('db', cache())).records).toBe(20_002)
    expect(warn.mock.calls).toEqual([
      [`cannot keep compiled zones in ${path('cache/zones')}: a part of the path is no folder`],
    ])
    warn.mockReset()
  })

  it('stays small, without what was used longest ago', async () => {
    mkdirSync(path('cache/zones'), { recursive: true, mode: 0o700 })
    const old = (name: string, size: number, age: number): void => {
      write(`cache/zones/${name}`, '')
      execFileSync('truncate', ['-s', `${size}`, path(`cache/zones/${name}`)])
      const then = Date.now() / 1000 - age
      utimesSync(path(`cache/zones/${name}`), then, then)
    }
    chmodSync(path('cache'), 0o700)
    chmodSync(path('cache/zones'), 0o700)
    old('a.zone', 150e6, 1000)
    old('b.zone', 150e6, 2000)
    old('c.zone', 10, 3000)
    old('left.zone.1.new', 10, 4000)
    old('writing.zone.2.new', 10, 1)
    await read('db', cache())
    const names = readdirSync(path('cache/zones')).filter((name) => name.length < 30)
    expect(names).toEqual(['a.zone', 'writing.zone.2.new'])
  })
})
