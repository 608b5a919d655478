import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { hasNode22, run } from '../e2e/tools.ts'
import { installed, type Ran, runIn, startIn, workerd } from './packed.ts'

const root = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const CLI = 'node_modules/coredge/lib/node.js'
const CONSUMER = `
import { allPlugins, createServer, definePlugin, type Query, type Reply, use, whoamiPlugin, rrtype, some } from 'coredge'
import { chain } from 'coredge/testing'

const plugin = definePlugin({
  name: 'mine',
  directive: { args: [some('types', rrtype)] },
  setup: ([{ args }]) => {
    const types: readonly number[] = args.types
    return { name: 'mine', serve: (query: Query, next): Reply | Promise<Reply> => (types.includes(query.type) ? query.reply() : next(query)) }
  },
})
const server = await createServer({ corefile: '.:0 {\\n whoami\\n}\\n', plugins: allPlugins })
const { rcode }: { rcode: string } = await server.ask('example.org A')
const blocks = await createServer({ blocks: [{ zones: '.', plugins: [use(whoamiPlugin)] }] })
const dns = await chain('. {\\n mine A\\n whoami\\n}\\n', { modules: [plugin] })
const { additional } = await dns.ask('example.org A')
console.log(rcode, (await blocks.ask('example.org A')).additional.length, additional.length, await server.listen())
await Promise.all([server.close(), blocks.close(), dns.stop()])
`

let folder: string
beforeAll(() => {
  folder = installed(['@types', 'undici-types', 'typescript', '@typescript'])
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  writeFileSync(join(folder, 'consumer.ts'), CONSUMER)
  writeFileSync(join(folder, 'Corefile'), '.:0 {\n    whoami\n}\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const node = (...args: string[]): Promise<Ran> => runIn(folder, process.execPath, ...args)

describe('the package', () => {
  it('has the compiled code, its types, and nothing of the sources but the example', () => {
    const home = join(folder, 'node_modules/coredge')
    const files = readdirSync(home, { recursive: true, encoding: 'utf8' })
    expect(files).toContain('LICENSE')
    expect(
      files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith('examples')),
    ).toEqual([])
    expect(
      files.filter(
        (file) => /(^|\/)(test|bench|\.ci)(\/|$)/.test(file) && !file.startsWith('examples/plugins/example'),
      ),
    ).toEqual([])
    for (const targets of Object.values(JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).exports))
      for (const target of typeof targets === 'string' ? [targets] : Object.values(targets as object))
        expect(existsSync(join(home, target)), target).toBe(true)
  })

  const nodes: [string, () => string | undefined][] = [
    ['this Node', () => process.execPath],
    ['Node 22', hasNode22],
  ]
  describe.each(nodes)('on %s', (_, find) => {
    const path = find()
    const itHere = path === undefined ? it.skip : it

    itHere('says its version', async () => {
      expect((await runIn(folder, path!, CLI, '-version')).out).toContain(`coredge-${version}`)
      expect((await runIn(folder, path!, CLI, 'nonsense')).code).toBe(1)
    })

    itHere('serves', async () => {
      const server = await startIn(folder, path!, CLI, '-conf', 'Corefile')
      const port = server.line.match(/^dns:\/\/127\.0\.0\.1:(\d+) \.$/)![1]
      expect(await run('dig', ['@127.0.0.1', '-p', port, '+noall', '+comments', 'example.org'])).toContain('NOERROR')
      expect(await server.stop()).toBe(0)
    })

    itHere('is imported by a program', async () => {
      const { out, err } = await runIn(folder, path!, '--experimental-strip-types', '--no-warnings', 'consumer.ts')
      expect(err).toBe('')
      expect(out).toMatch(/^NOERROR 2 0 \[ 'dns:\/\/127\.0\.0\.1:\d+'/)
    })

    itHere('starts plugins whose tests pass as they are', async () => {
      rmSync(join(folder, 'hello'), { recursive: true, force: true })
      const made = await runIn(folder, path!, CLI, 'plugin', 'new', 'hello')
      expect(made.out).toContain('wrote ./hello/test/hello.test.ts')
      const tested = await runIn(join(folder, 'hello'), path!, '--test', 'test/*.test.ts')
      expect(tested.out + tested.err).toMatch(/pass 3\n/)
      expect(tested.code).toBe(0)
      expect((await runIn(folder, path!, CLI, 'plugin', 'new', 'hello')).err).toContain('./hello is there already')
    })

    itHere('takes them up by a line in plugin.cfg', async () => {
      const home = 'node_modules/coredge-hello'
      rmSync(join(folder, home), { recursive: true, force: true })
      await runIn(folder, path!, CLI, 'plugin', 'new', 'hello', home)
      writeFileSync(join(folder, 'plugin.cfg'), 'log:log\nhello:coredge-hello\nwhoami:whoami\n')
      writeFileSync(join(folder, 'Hellofile'), '. {\n    hello\n    whoami\n}\n')
      try {
        expect((await runIn(folder, path!, CLI, '-plugins')).out).toBe('log\nhello\nwhoami\n')
        const { out, err } = await runIn(folder, path!, CLI, 'query', 'example.org', '--explain', '-conf', 'Hellofile')
        expect(out).toContain('hello')
        expect(err).toBe('')
      } finally {
        rmSync(join(folder, 'plugin.cfg'))
      }
    })
  })

  it.each(['bundler', 'nodenext'])('has types for programs: moduleResolution %s', async (resolution) => {
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext'
    const args = [
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--types',
      'node',
      '--module',
      module,
      '--moduleResolution',
      resolution,
    ]
    const { out } = await node('node_modules/typescript/bin/tsc', ...args, 'consumer.ts')
    expect(out).toBe('')
  })

  it('is there for CommonJS as well', async () => {
    const { out } = await node('--input-type=commonjs', '-e', `console.log(typeof require('coredge').createServer)`)
    expect(out).toBe('function\n')
  })

  it('gives nothing but its two entries', async () => {
    for (const path of ['coredge/lib/server.js', 'coredge/lib/index.js', 'coredge/src/index.ts'])
      expect((await node('--input-type=module', '-e', `await import('${path}')`)).err).toContain(
        'ERR_PACKAGE_PATH_NOT_EXPORTED',
      )
  })
})

describe('a project', () => {
  const user = (): string => installed(['wrangler', 'miniflare', 'esbuild'])
  const cli = (folder: string, ...args: string[]): Promise<Ran> => runIn(folder, process.execPath, CLI, ...args)

  test('is started, checked and built; plugin.cfg says what the Worker has', async () => {
    const folder = user()
    try {
      expect((await cli(folder, 'init')).out).toContain('wrote wrangler.toml')
      expect((await cli(folder, 'init')).out).toBe('nothing is missing\n')
      expect((await cli(folder, 'check')).code).toBe(0)
      const named = await cli(folder, 'build')
      expect(named.err).toBe('')
      expect(named.out).toContain('worker dist/worker/worker.js: ')
      expect(named.out).toMatch(/^ {4}dnstap +0\.0 kB$/m)
      writeFileSync(join(folder, 'plugin.cfg'), 'errors:errors\nlog:log\ncache:cache\nfile:file\nforward:forward\n')
      writeFileSync(join(folder, 'more'), '. {\n    whoami\n}\n')
      expect((await cli(folder, 'check', '-conf', 'more')).err).toContain(
        'more:2:5: whoami: plugin.cfg leaves it out; add the line whoami:whoami, got "whoami"',
      )
      const few = await cli(folder, 'build')
      const shares = few.out.split('\n').flatMap((line) => line.match(/^ {4}(\S.*?) +[\d.]+ kB$/)?.[1] ?? [])
      expect(shares.sort()).toEqual(['(core)', '(shared by plugins)', 'cache', 'errors', 'file', 'forward', 'log'])
      expect(gzipOf(few)).toBeLessThan(120)
      expect(gzipOf(few)).toBeLessThanOrEqual(gzipOf(named))
      const worker = readFileSync(join(folder, 'dist/worker/worker.js'), 'utf8')
      expect(worker).not.toContain('whoami')
      expect(worker).not.toContain('RE2JS')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('of another list is served and built with it', async () => {
    const folder = user()
    try {
      await cli(folder, 'init')
      await cli(folder, 'plugin', 'new', 'hello')
      const corefile = 'example.org {\n    hello\n    file zones/db.example.org\n}\n'
      writeFileSync(join(folder, 'Corefile'), corefile)
      const refused = await cli(folder, 'check')
      expect(refused.err).toContain(
        'Corefile:2:5: hello: unknown directive, got "hello"; a plugin is added by a line in plugin.cfg: hello:PACKAGE',
      )
      const list = readFileSync(join(folder, 'plugin.cfg'), 'utf8')
      writeFileSync(join(folder, 'plugin.cfg'), list.replace(/^acl:acl$/m, 'acl:acl\nhello:./hello'))
      expect((await cli(folder, '-plugins')).out).toContain('\nacl\nhello\n')
      const built = await cli(folder, 'build')
      expect(built.err).toBe('')
      expect(built.out).toMatch(/^ {4}hello +0\.\d kB$/m)
      const worker = await workerd(join(folder, 'dist/worker/worker.js'), join(folder, 'dist/assets'))
      const response = await fetch(new URL('/resolve?name=www.example.org', worker.url))
      expect(await response.json()).toMatchObject({ Status: 0, Answer: [{ type: 1 }] })
      await worker.stop()
      expect(readFileSync(join(folder, 'dist/worker/worker.js'), 'utf8')).toContain('coredns_hello_request_count_total')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('whose list is wrong says where', async () => {
    const folder = installed()
    try {
      writeFileSync(join(folder, 'other.js'), 'export const plugin = 1\n')
      appendFileSync(join(folder, 'plugin.cfg'), 'log:log\na:nonsuch\nb:./nofile.js\nc:./other.js\nd:cache\n')
      expect((await cli(folder, '-plugins')).err.split('\n')).toEqual([
        'plugin.cfg:2:1: a: coredge brings no plugin "nonsuch", and there is no such package here; npm install it',
        expect.stringMatching(/^plugin\.cfg:3:1: b: there is no file or folder .*nofile\.js$/),
        'plugin.cfg:4:1: ./other.js must export `plugin`, made by definePlugin',
        'plugin.cfg:5:1: cache is the plugin of the directive "cache"',
        '',
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('with CoreDNS’s own list is told what is not for it, and still does what needs no list', async () => {
    const folder = installed()
    try {
      writeFileSync(
        join(folder, 'plugin.cfg'),
        'kubernetes:kubernetes\nalternate:github.com/coredns/alternate\nwhoami:whoami\n',
      )
      expect((await cli(folder, '-plugins')).err.split('\n')).toEqual([
        'plugin.cfg:1:1: kubernetes: coredge brings no plugin "kubernetes": a server that has it can be asked by forward',
        'plugin.cfg:2:1: alternate: plugins here are npm packages and files, and no modules of Go, got "github.com/coredns/alternate"',
        '',
      ])
      expect((await cli(folder, 'help', 'check')).err).toMatch(
        /^plugin\.cfg:1:1: kubernetes: [^\n]*\nplugin\.cfg:2:1: [^\n]*\n$/,
      )
      writeFileSync(join(folder, 'db'), '@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns.example.\n')
      expect(await cli(folder, 'zone', 'check', 'db', 'example.org')).toEqual({
        code: 0,
        out: 'db: no mistakes\n',
        err: '',
      })
      expect((await cli(folder, 'query', '--help')).out).toMatch(/^Usage: /)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('without wrangler is told what it needs', async () => {
    const folder = installed()
    try {
      writeFileSync(join(folder, 'Corefile'), '. {\n    whoami\n}\n')
      expect((await cli(folder, 'build')).err).toContain('npm install --save-dev wrangler@')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

const gzipOf = ({ out }: Ran): number => Number(out.match(/([\d.]+) kB compressed/)![1])
