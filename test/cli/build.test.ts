import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RecordingFiles, writeAssets } from '../../src/cli/assets.ts'
import { buildAssets } from '../../src/cli/build.ts'
import { CorefileReader } from '../../src/cli/corefile.ts'
import { readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { Edge, serverOf } from '../../src/edge.ts'
import { modules } from '../../src/plugins.gen.ts'
import { NodeFiles } from '../../src/runtime/node-files.ts'
import { AssetFiles, type Assets, readManifest } from '../../src/runtime/workers-files.ts'
import type { Server } from '../../src/server.ts'
import { FakeRuntime } from '../runtime.ts'

const ZONE = '@ 60 IN SOA ns hostmaster 7 60 60 60 60\n@ 60 IN NS ns.example.net.\nwww 60 IN A 192.0.2.1\n'
const COREFILE = `(common) {
    errors
}
example.org {
    import common
    root zones
    file db.example.org
}
hosts.example {
    import more
}
`

let folder: string
const home = process.cwd()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-build-'))
  process.chdir(folder)
  mkdirSync('zones')
  writeFileSync('zones/db.example.org', ZONE)
  writeFileSync('more', 'hosts names {$ZONES:hosts.example}\n')
  writeFileSync('names', '192.0.2.2 one.hosts.example\n')
  writeFileSync('Corefile', COREFILE)
})
afterEach(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

const build = () => buildAssets(new CorefileReader('Corefile', undefined), 'dist/assets')

/** The binding as Workers have it, over a folder. */
const assetsOf = (path: string): Assets => ({
  fetch: async (url) => {
    const file = join(path, new URL(url).pathname)
    return existsSync(file) ? new Response(readFileSync(file)) : new Response(null, { status: 404 })
  },
})

/** What a Worker would answer from a folder of assets. */
async function edgeOf(path: string, env = {}): Promise<Server> {
  const assets = assetsOf(path)
  const manifest = await readManifest(assets)
  const runtime = Object.assign(new FakeRuntime({ name: 'workers' }), { files: new AssetFiles(assets, manifest) })
  return serverOf(manifest, modules, runtime, env)
}

async function ask(server: Server, name: string): Promise<string> {
  const peer = { transport: 'https', address: '192.0.2.9', port: 0, localAddress: '0.0.0.0', localPort: 443 } as const
  const reply = await server.answer(writeQuery({ id: 0, name: parseName(name), type: 1 }), peer)
  return readMessage(reply!).answer.flatMap(recordTexts).join()
}

describe('a build', () => {
  it('has all that a Worker needs', async () => {
    const { problems, files } = await build()
    expect(problems).toEqual([])
    expect(files.map((line) => line.replace(/\d+ octets/, 'N octets'))).toEqual([
      'zone example.org. zones/db.example.org: N octets',
      'file names: N octets',
    ])
    for (const source of ['zones', 'names', 'more', 'Corefile']) rmSync(source, { recursive: true })
    const server = await edgeOf('dist/assets')
    expect(await ask(server, 'www.example.org')).toBe('www.example.org. 60 IN A 192.0.2.1')
    expect(await ask(server, 'one.hosts.example')).toBe('one.hosts.example. 3600 IN A 192.0.2.2')
  })

  it('has the zones of a folder', async () => {
    mkdirSync('zones/below')
    writeFileSync('zones/below/db.example.net', ZONE)
    writeFileSync('Corefile', '. {\n    auto {\n        directory ./zones/\n    }\n}\n')
    const { problems, files } = await build()
    expect(problems).toEqual([])
    expect(files).toHaveLength(2)
    rmSync('zones', { recursive: true })
    const server = await edgeOf('dist/assets')
    expect(await ask(server, 'www.example.org')).toBe('www.example.org. 60 IN A 192.0.2.1')
    expect(await ask(server, 'www.example.net')).toBe('www.example.net. 60 IN A 192.0.2.1')
  })

  it('refuses a folder in which a zone has mistakes', async () => {
    writeFileSync('zones/db.example.net', `${ZONE}x IN AX y\n`)
    writeFileSync('Corefile', '. {\n    auto {\n        directory zones\n    }\n}\n')
    expect((await build()).problems).toContain('plugin/auto: zones/db.example.net:4:6: unknown record type "AX"')
  })

  it('names assets by their content', async () => {
    const hosts = (last: number): string =>
      Array.from({ length: 200 }, (_, i) => `192.0.2.${last} h${i}.hosts.example\n`).join('')
    writeFileSync('names', hosts(1))
    writeFileSync('zones/db.example.org', `${ZONE}txt TXT ${'long '.repeat(1000)}\n`)
    await build()
    const before = readdirSync('dist/assets')
    await build()
    expect(readdirSync('dist/assets')).toEqual(before)
    writeFileSync('names', hosts(2))
    await build()
    const after = readdirSync('dist/assets')
    expect(after.filter((name) => before.includes(name))).toHaveLength(2)
    expect(after).toHaveLength(3)
  })

  it('has what is small in its manifest', async () => {
    writeFileSync('names', `192.0.2.3 one.hosts.example\n${'# much\n'.repeat(1000)}`)
    await build()
    const { small } = JSON.parse(readFileSync('dist/assets/manifest.json', 'utf8'))
    expect(Object.keys(small)).toHaveLength(1)
    expect(readdirSync('dist/assets')).toHaveLength(2)
    const server = await edgeOf('dist/assets')
    expect(await ask(server, 'www.example.org')).toBe('www.example.org. 60 IN A 192.0.2.1')
    expect(await ask(server, 'one.hosts.example')).toBe('one.hosts.example. 3600 IN A 192.0.2.3')
  })

  const mistakes: [string, () => void, string][] = [
    [
      'Corefile',
      () => writeFileSync('Corefile', `${COREFILE}x.example {\n    filee a\n}\n`),
      'Corefile:13:5: filee: unknown directive',
    ],
    ['import', () => rmSync('more'), 'Corefile:10:12: import: there is no such snippet or file'],
    [
      'zone',
      () => writeFileSync('zones/db.example.org', `${ZONE}x IN AX y\n`),
      'zones/db.example.org:4:6: unknown record type "AX"',
    ],
    [
      'missing zone',
      () => rmSync('zones/db.example.org'),
      'Corefile:7:5: file: cannot read zones/db.example.org: no such file',
    ],
  ]
  it.each(mistakes)('with a mistake (%s) tells, and leaves the last one', async (_what, mistake, message) => {
    await build()
    const before = readFileSync('dist/assets/manifest.json', 'utf8')
    mistake()
    const { problems } = await build()
    expect(problems.join('\n')).toContain(message)
    expect(readFileSync('dist/assets/manifest.json', 'utf8')).toBe(before)
    expect(readdirSync('dist')).toEqual(['assets'])
  })

  it.each([
    ['a file', 'Corefile', 'cannot write Corefile: it is no folder'],
    [
      'a folder of others',
      'zones',
      'cannot write zones: there is something else than a build; name another folder by -out',
    ],
    ['a device', '/dev/null', 'cannot write /dev/null: it is no folder'],
  ])('does not take the place of %s', async (_what, out, message) => {
    // As a web project has one.
    writeFileSync('zones/manifest.json', '{}')
    await expect(buildAssets(new CorefileReader('Corefile', undefined), out)).rejects.toThrow(message)
    expect(existsSync('zones/db.example.org') && existsSync('Corefile')).toBe(true)
  })

  it('reports all mistakes, of directives and of files', async () => {
    writeFileSync('Corefile', COREFILE.replace('errors', 'errorss'))
    writeFileSync('zones/db.example.org', 'x IN AX y\n')
    const { problems } = await build()
    expect(problems[0]).toBe('Corefile:2:5: errorss: unknown directive (did you mean "errors"?), got "errorss"')
    expect(problems[1]).toBe('zones/db.example.org:1:6: unknown record type "AX"')
  })

  it('splits what is too large for one asset', async () => {
    const size = 50 * 1024 * 1024
    const files = new RecordingFiles(new NodeFiles())
    files.files.set(
      'large',
      new Uint8Array(size).map((_, i) => i % 251),
    )
    await writeAssets('dist/assets', { file: '', text: '', env: {}, imports: {}, globs: {} }, files)
    for (const name of readdirSync('dist/assets'))
      expect(statSync(`dist/assets/${name}`).size).toBeLessThan(25 * 1024 * 1024)
    const manifest = await readManifest(assetsOf('dist/assets'))
    expect(manifest.files.large).toHaveLength(3)
    const content = await new AssetFiles(assetsOf('dist/assets'), manifest).read('large')
    expect(Buffer.from(content).equals(files.files.get('large')!)).toBe(true)
  })
})

describe('files of a deployed Worker', () => {
  it('are those of the build', async () => {
    await build()
    const assets = assetsOf('dist/assets')
    const files = new AssetFiles(assets, await readManifest(assets))
    expect(Buffer.from(await files.read('names')).toString()).toBe('192.0.2.2 one.hosts.example\n')
    await expect(files.read('toString')).rejects.toThrow('cannot read toString: it was not there at build time')
    await expect(files.zone('names', parseName('example.org.'))).rejects.toThrow('cannot read names')
    await expect(files.list('zones')).rejects.toThrow('cannot read folder zones: it was not there at build time')
  })

  it('a missing build is said to be missing', async () => {
    await expect(readManifest(assetsOf('nowhere'))).rejects.toThrow(
      'asset manifest.json is missing (status 404): was `coredge build` run?',
    )
  })

  it('variables of the Worker go before those of the build', async () => {
    writeFileSync('names', '')
    writeFileSync('Corefile', '. {\n    hosts {\n        {$WWW:192.0.2.1} www.example.org\n    }\n}\n')
    await build()
    expect(await ask(await edgeOf('dist/assets'), 'www.example.org')).toMatch(/192\.0\.2\.1$/)
    const env = { WWW: '192.0.2.77', ASSETS: {} }
    expect(await ask(await edgeOf('dist/assets', env), 'www.example.org')).toMatch(/192\.0\.2\.77$/)
  })
})

describe('an isolate', () => {
  it('starts once for all requests that come at the same time', async () => {
    const make = vi.fn(async () => ({}) as Server)
    const edge = new Edge(make)
    expect(edge.server).toBeUndefined()
    const [one, two] = await Promise.all([edge.start(), edge.start()])
    expect(one).toBe(two)
    expect(edge.server).toBe(one)
    expect(make).toHaveBeenCalledTimes(1)
  })

  it('tries again after a failure, but not at each request', async () => {
    vi.useFakeTimers()
    try {
      const make = vi
        .fn<() => Promise<Server>>()
        .mockRejectedValueOnce(new Error('no assets'))
        .mockResolvedValue({} as Server)
      const edge = new Edge(make)
      await expect(edge.start()).rejects.toThrow('no assets')
      await expect(edge.start()).rejects.toThrow('no assets')
      expect(make).toHaveBeenCalledTimes(1)
      vi.advanceTimersByTime(1001)
      await expect(edge.start()).resolves.toBeDefined()
      expect(make).toHaveBeenCalledTimes(2)
      expect(edge.server).toBeDefined()
    } finally {
      vi.useRealTimers()
    }
  })
})
