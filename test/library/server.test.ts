import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterEach, describe, expect, test } from 'vitest'
import * as node from '../../src/index.node.ts'
import * as anywhere from '../../src/index.ts'
import {
  cachePlugin,
  filePlugin,
  forwardPlugin,
  hostsPlugin,
  type Log,
  rewritePlugin,
  whoamiPlugin,
} from '../../src/index.ts'
import { run } from '../e2e/tools.ts'

const { allPlugins, createDohApp, createServer, use } = node

const ZONE = `
$ORIGIN example.org.
@   3600 IN SOA ns hostmaster 1 7200 3600 1209600 3600
    3600 IN NS  ns
ns   300 IN A   192.0.2.1
www  300 IN A   192.0.2.2
`
const files = { 'db.example.org': ZONE }
const COREFILE = 'example.org {\n    file db.example.org\n}\n'

let open: node.DnsServer | undefined
afterEach(() => open?.close())

async function serve(options: node.ServerOptions): Promise<node.DnsServer> {
  open = await createServer(options)
  return open
}

describe('a server from text', () => {
  test('answers by function call', async () => {
    const server = await serve({ corefile: COREFILE, plugins: allPlugins, files })
    expect(await server.ask('www.example.org A')).toMatchObject({
      rcode: 'NOERROR',
      flags: 'aa rd',
      answer: ['www.example.org. 300 IN A 192.0.2.2'],
    })
    expect((await server.ask('www.example.net A')).rcode).toBe('REFUSED')
    expect(server.ready()).toBe(true)
  })

  test('and from sockets', async () => {
    const server = await serve({ corefile: '.:0 {\n    whoami\n}\n', plugins: [whoamiPlugin] })
    const urls = await server.listen()
    expect(urls[0]).toMatch(/^dns:\/\/127\.0\.0\.1:\d+$/)
    const { port } = new URL(urls[0].replace('dns:', 'http:'))
    expect(await run('dig', ['@127.0.0.1', '-p', port, '+noall', '+additional', 'example.org'])).toContain('127.0.0.1')
    await expect(server.listen()).rejects.toThrow('the server is listening already')
  })

  test('has its mistakes told, and its notes', async () => {
    const faulty = createServer({ corefile: '. {\n    fowrard\n}\n', plugins: allPlugins, name: 'my.conf' })
    await expect(faulty).rejects.toThrow('my.conf:2:5: fowrard: unknown directive')
    const server = await serve({
      corefile: '. {\n    whoami\n    root {$FOLDER}\n}\n',
      plugins: allPlugins,
      env: { FOLDER: 'x' },
    })
    expect(server.warnings).toEqual([expect.stringContaining('Corefile:3:5: root: folder does not exist yet')])
    // @ts-expect-error: what programs without types do
    await expect(createServer({ corefile: COREFILE })).rejects.toThrow('All of them: allPlugins')
  })
})

describe('what else stands in a Corefile', () => {
  test('imports are files of the machine, beside the Corefile', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coredge-library-'))
    try {
      writeFileSync(join(folder, 'who'), 'whoami\n')
      const name = join(folder, 'Corefile')
      const server = await serve({ corefile: '. {\n    import who\n    reload\n}\n', name, plugins: allPlugins })
      expect((await server.ask('example.org A')).additional).toHaveLength(2)
      expect(server.warnings).toEqual([expect.stringContaining('reload: has no effect in a program')])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a server from values', () => {
  test('has the order that they are given in', async () => {
    const rewrite = use(rewritePlugin, ['name', 'exact', 'www.example.org', 'web.example.org'])
    const hosts = use(
      hostsPlugin,
      [],
      [
        ['192.0.2.1', 'www.example.org'],
        ['192.0.2.2', 'web.example.org'],
      ],
    )
    const blocks = [
      { zones: 'www.example.org', plugins: [hosts, rewrite] },
      {
        zones: ['example.org', 'tls://example.org'],
        plugins: [rewrite, use(hostsPlugin, ['example.org'], hosts.lines)],
      },
    ]
    const first = async (options: node.BlocksOptions): Promise<readonly string[]> => {
      await open?.close()
      return (await (await serve(options)).ask('www.example.org A')).answer
    }
    expect(await first({ blocks })).toEqual(['www.example.org. 3600 IN A 192.0.2.1'])
    expect(await first({ blocks: blocks.slice(1) })).toEqual(['www.example.org. 3600 IN A 192.0.2.2'])
  })

  test('takes words as they are', async () => {
    const name = 'a {$b} "c" \\'
    const server = await serve({
      blocks: [{ zones: 'example.org', plugins: [use(filePlugin, [name])] }],
      files: { [name]: ZONE },
    })
    expect((await server.ask('www.example.org A')).answer).toHaveLength(1)
  })

  test('has its mistakes told where they would stand in a file', async () => {
    const blocks = [
      {
        zones: ['.'],
        plugins: [
          use(cachePlugin, 30, { prefetch: [10, '1m', '200%'], success: [9984], servfail: undefined, keepttl: true }),
          use(forwardPlugin, ['.', '192.0.2.1'], [['polcy', 'random']]),
        ],
      },
    ]
    await expect(createServer({ blocks })).rejects.toThrow(
      /^Corefile:3:24: cache: prefetch: .*got "200%"\nCorefile:8:9: forward: unknown property \(did you mean "policy"\?\), got "polcy"$/,
    )
    await expect(createServer({ blocks: [{ zones: 'x://.', plugins: [] }] })).rejects.toThrow('Corefile:1:1: ')
    await expect(createServer({ blocks: [{ zones: [], plugins: [] }] })).rejects.toThrow('a key is missing')
    // @ts-expect-error: the types know the properties of a directive
    use(cachePlugin, 30, { prefech: 10 })
  })
})

describe('an app of one’s own', () => {
  test('mounts it under a route', async () => {
    const app = new Hono().get('/', (context) => context.text('mine'))
    app.route('/dns', createDohApp({ corefile: COREFILE, plugins: [filePlugin], files }))
    const server = await serve({ corefile: COREFILE, plugins: [filePlugin], files })
    app.route('/too', server.app)
    app.mount('/three', server.fetch)
    expect(await (await app.request('/')).text()).toBe('mine')
    for (const path of ['/dns/resolve', '/too/resolve', '/three/dns-query']) {
      const response = await app.request(`${path}?name=www.example.org`, {
        headers: { accept: 'application/dns-json' },
      })
      expect(await response.json()).toMatchObject({ Status: 0, Answer: [{ data: '192.0.2.2' }] })
    }
    expect((await app.request('/dns/elsewhere')).status).toBe(404)
  })

  test('is told why it cannot be started', async () => {
    const logged: string[] = []
    const keep = (line: string): void => void logged.push(line)
    const log: Log = { info: keep, warn: keep, error: keep }
    const app = createDohApp({ corefile: '. {\n    whoami\n}\n', plugins: [filePlugin], log })
    const response = await app.request('/resolve?name=www.example.org')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.text()).toContain('Corefile:2:5: whoami: unknown directive')
    expect(logged).toEqual([expect.stringContaining('not serving: ')])
  })
})

describe('where nothing is known of the platform', () => {
  test('it answers by function call and by HTTP, from files in memory', async () => {
    const server = await anywhere.createServer({ corefile: COREFILE, plugins: allPlugins, files })
    expect((await server.ask('www.example.org A')).answer).toHaveLength(1)
    await expect(server.listen()).rejects.toThrow('there are no sockets to listen on here')
    await server.close()
    const assets = { fetch: async () => new Response() }
    await expect(anywhere.createServer({ assets, plugins: allPlugins })).rejects.toThrow('assets are for Workers')
  })
})

describe('the public interface', () => {
  test('has the same names on every platform', () => {
    expect(Object.keys(node).sort()).toEqual(Object.keys(anywhere).sort())
    const exported = (file: string): string[] =>
      [...readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8').matchAll(/^export const (\w+)/gm)].map(
        (match) => match[1],
      )
    expect(exported('index.workerd.ts')).toEqual(exported('index.node.ts'))
    expect(exported('index.ts')).toEqual(exported('index.node.ts'))
  })

  const exports = ['index.ts', 'testing.ts', 'plugins/index.gen.ts'].flatMap(exportsOf)

  test('is found', () => {
    expect(exports.length).toBeGreaterThan(150)
  })

  test.each(exports)('%s has a docstring (%s)', (name, url) => {
    const declared = `(async )?(class|abstract class|function|const|let|interface|type) ${name}\\b`
    expect(readFileSync(new URL(url), 'utf8')).toMatch(new RegExp(`\\*/\\n(export )?${declared}`))
  })
})

/** What an entry gives on, each with the file that it comes from. */
function exportsOf(entry: string): [name: string, url: string][] {
  const base = new URL(`../../src/${entry}`, import.meta.url)
  const text = readFileSync(base, 'utf8')
  return [...text.matchAll(/^export (?:type )?\{([^}]+)\} from '([^']+)'/gm)].flatMap(([, names, from]) =>
    names
      .split(',')
      .map((name) =>
        name
          .trim()
          .replace(/^type /, '')
          .replace(/ as .*/, ''),
      )
      .filter((name) => name !== '')
      .map((name): [string, string] => [name, new URL(from, base).href]),
  )
}
