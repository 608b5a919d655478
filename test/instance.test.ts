import { describe, expect, it } from 'vitest'
import { ConfigError, ConfigErrors } from '../src/corefile/error.ts'
import { parseCorefile } from '../src/corefile/parse.ts'
import { optional } from '../src/corefile/spec.ts'
import { word } from '../src/corefile/values.ts'
import { configure, type Instance } from '../src/instance.ts'
import { definePlugin, type Plugin, type PluginModule } from '../src/plugin.ts'
import { modules } from '../src/plugins.gen.ts'
import type { Peer } from '../src/query.ts'
import type { Server } from '../src/server.ts'
import { compileZone } from '../src/zone/compile.ts'
import { FakeRuntime } from './runtime.ts'
import { answering, ask, PEER } from './servedblock.ts'

/** The directive NAME makes a plugin of these parts; its word is put into `made`. */
const plugin = (name: string, make: (word: string) => Partial<Plugin>): PluginModule =>
  definePlugin({
    name,
    directive: { args: [optional('word', word)] },
    setup: ([use]) => ({ name, ...make(use.args.word ?? '') }),
  })

const says = plugin('says', (word) => ({ serve: answering(word) }))

function configured(corefile: string, modules: readonly PluginModule[], name: 'node' | 'workers' = 'node'): Instance {
  const runtime = new FakeRuntime({ name })
  return configure({ corefile: parseCorefile(corefile, { file: 'Corefile' }), modules, runtime, defaultPort: 1053 })
}

const errorsOf = async (act: () => unknown): Promise<string[]> => {
  try {
    await act()
    return []
  } catch (error) {
    return error instanceof ConfigErrors ? error.errors.map(({ message }) => message) : [String(error)]
  }
}

describe('what stands in several blocks', () => {
  const at = ({ listeners }: Instance, port: number): Server =>
    listeners.find((listener) => listener.port === port)!.server

  it('is served where its key says, and nowhere else', async () => {
    const instance = configured(
      'example.org:1053 example.net:1054 {\n says one\n}\n.:1055 example.org:1055 {\n says two\n}\n',
      [says],
    )
    expect(await ask(at(instance, 1053), 'www.example.org.')).toBe('one')
    expect(await ask(at(instance, 1053), 'www.example.net.')).toBe('REFUSED')
    expect(await ask(at(instance, 1054), 'www.example.org.')).toBe('REFUSED')
    expect(await ask(at(instance, 1054), 'www.example.net.')).toBe('one')
    expect(await ask(at(instance, 1055), 'www.example.org.')).toBe('two')
  })

  it('has one chain behind all its listeners', () => {
    let made = 0
    const counted = plugin('counted', () => {
      made++
      return { serve: answering('x') }
    })
    const { listeners } = configured('. tls://. https://. {\n counted\n}\n', [counted])
    expect([listeners.length, made]).toEqual([6, 1])
  })

  it('goes to the first block of two ports at the edge', async () => {
    const server = configured('.:1053 {\n says one\n}\n.:1054 {\n says two\n}\n', [says], 'workers').edge()
    expect(await ask(server, 'x.')).toBe('one')
  })

  it('goes to https:// blocks alone at the edge, where there are any', async () => {
    const corefile = '.:1053 {\n says one\n}\nhttps://example.org example.net {\n says two\n}\n'
    const server = configured(corefile, [says], 'workers').edge()
    expect(await ask(server, 'www.example.org.')).toBe('two')
    expect(await ask(server, 'www.example.net.')).toBe('two')
    expect(await ask(server, 'example.com.')).toBe('REFUSED')
  })
})

describe('what a block asks anew', () => {
  /** Sends queries for `alias.` back to the top as `target.` */
  const alias = definePlugin({
    name: 'alias',
    directive: { args: [] },
    setup: (_, block) => ({
      name: 'alias',
      serve: (query, next) =>
        query.name[1] === 97 ? block.resolve(query.with({ name: Uint8Array.of(1, 116, 0) })) : next(query),
    }),
  })
  const corefile = 'a.:1053 a.:1054 {\n alias\n}\nt.:1053 {\n says one\n}\nt.:1054 {\n says two\n}\n'

  it('goes to the listener that the query came to', async () => {
    const { listeners } = configured(corefile, [alias, says])
    const answers = listeners.map(async ({ address, port, server }) => `${address} ${port} ${await ask(server, 'a.')}`)
    expect(await Promise.all(answers)).toEqual([
      '127.0.0.1 1053 one',
      '::1 1053 one',
      '127.0.0.1 1054 two',
      '::1 1054 two',
    ])
  })

  it('and at the edge to all that is served there', async () => {
    expect(await ask(configured(corefile, [alias, says], 'workers').edge(), 'a.')).toBe('one')
  })

  it('ends where blocks lead to each other', async () => {
    const loops = definePlugin({
      name: 'loops',
      directive: { args: [] },
      setup: (_, block) => ({ name: 'loops', serve: (query) => block.resolve(query.with({})) }),
    })
    const [{ server }] = configured('. {\n loops\n}\n', [loops]).listeners
    expect(await ask(server, 'x. +edns')).toBe('SERVFAIL 0 too many aliases')
  })

  it('ends where they wait on the way, too', async () => {
    const loops = definePlugin({
      name: 'loops',
      directive: { args: [] },
      setup: (_, block) => ({
        name: 'loops',
        serve: async (query) => {
          await Promise.resolve()
          return block.resolve(query.with({}))
        },
      }),
    })
    const [{ server }] = configured('. {\n loops\n}\n', [loops]).listeners
    expect(await ask(server, 'x. +edns')).toBe('SERVFAIL 0 too many aliases')
  })
})

describe('load', () => {
  const fails = (name: string, error: unknown): PluginModule =>
    plugin(name, () => ({ load: () => Promise.reject(error) }))

  it('tells everything that is wrong, each at its place', async () => {
    const place = { file: 'other', line: 3, column: 4 }
    const throws = plugin('throws', () => ({
      load: () => {
        throw new Error('at once')
      },
    }))
    const instance = configured('. {\n ok\n one\n two\n three\n throws\n}\n.:1054 {\n one\n}\n', [
      plugin('ok', () => ({ load: () => {} })),
      fails('one', new Error('cannot read x: no such file')),
      fails('two', new ConfigErrors([new ConfigError('two: with a place', place), new ConfigError('two: without')])),
      fails('three', 'no error at all'),
      throws,
    ])
    expect(await errorsOf(() => instance.load())).toEqual([
      'Corefile:3:2: one: cannot read x: no such file',
      'other:3:4: two: with a place',
      'Corefile:4:2: two: without',
      'Corefile:5:2: three: no error at all',
      'Corefile:6:2: throws: at once',
      'Corefile:9:2: one: cannot read x: no such file',
    ])
  })

  it('leaves mistakes in zones their own place', async () => {
    const zone = (): never => {
      compileZone(new TextEncoder().encode('@ IN A x\n@ IN MX y\n'), { origin: Uint8Array.of(0), file: 'db.root' })
      throw new Error('the zone was fine')
    }
    const instance = configured('. {\n zone\n}\n', [plugin('zone', () => ({ load: zone }))])
    const errors = await errorsOf(() => instance.load())
    expect(errors.length).toBeGreaterThan(1)
    for (const error of errors) expect(error).toMatch(/^db\.root:\d+:\d+: /)
  })

  it('waits for all, also after one has failed', async () => {
    let loaded = false
    const late = plugin('late', () => ({
      load: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        loaded = true
      },
    }))
    const instance = configured('. {\n fails\n late\n}\n', [fails('fails', new Error('x')), late])
    expect(await errorsOf(() => instance.load())).toHaveLength(1)
    expect(loaded).toBe(true)
  })
})

describe('start and stop', () => {
  function lifeOf(failing?: string) {
    const life: string[] = []
    const one = plugin('one', (word) => ({
      start: () => {
        life.push(`start ${word}`)
        if (word === failing) throw new Error(`${word} cannot start`)
      },
      stop: async () => {
        life.push(`stop ${word}`)
        if (word === 'a') throw new Error('and cannot stop')
      },
    }))
    const two: PluginModule = { ...one, name: 'two' }
    return { instance: configured('. {\n one a\n two b\n}\n.:1054 {\n one c\n}\n', [one, two]), life }
  }

  it('go through all plugins', async () => {
    const { instance, life } = lifeOf()
    await instance.start()
    expect(life).toEqual(['start a', 'start b', 'start c'])
    await instance.stop()
    expect(life.slice(3)).toEqual(['stop a', 'stop b', 'stop c'])
  })

  it('stop what had started, and what was about to, where one fails', async () => {
    const { instance, life } = lifeOf('b')
    await expect(instance.start()).rejects.toThrow('b cannot start')
    expect(life).toEqual(['start a', 'start b', 'stop a', 'stop b'])
  })
})

it('is ready when all plugins are', () => {
  const state = { one: false, two: true }
  const one = plugin('one', () => ({ ready: () => state.one }))
  const two = plugin('two', () => ({ ready: () => state.two }))
  const instance = configured('. {\n one\n}\n.:1054 {\n two\n}\n', [one, two, says])
  expect(instance.ready()).toBe(false)
  state.one = true
  expect(instance.ready()).toBe(true)
})

it('tells where encrypted listeners have no certificate', () => {
  const { warnings } = configured('. tls://. https://example.org {\n says x\n}\n', [says])
  expect(warnings).toEqual([
    expect.stringMatching(/^Corefile:1:3: tls:\/\/\.: no tls directive in the block/),
    expect.stringMatching(/^Corefile:1:11: https:\/\/example\.org: no tls directive/),
  ])
})

it('tells all that is wrong in all blocks', async () => {
  const corefile = '. {\n says a b\n nonsense\n nonsense\n}\n. {\n sayz\n}\n'
  expect(await errorsOf(() => configured(corefile, [says]))).toEqual([
    expect.stringMatching(/^Corefile:2:9: says: takes at most 1 argument/),
    'Corefile:3:2: nonsense: unknown directive, got "nonsense"; it is none of the plugins given',
    'Corefile:4:2: nonsense: unknown directive, got "nonsense"; it is none of the plugins given',
    expect.stringMatching(/^Corefile:6:1: \. is already served/),
    'Corefile:7:2: sayz: unknown directive (did you mean "says"?), got "sayz"',
  ])
})

it.each([
  ['dnssec', 'CoreDNS has it, coredge does not; file and auto serve zones that are signed already, got "dnssec"'],
  ['kubernetes', 'CoreDNS has it, coredge does not; a server that has it can be asked by forward, got "kubernetes"'],
  ['sign', 'CoreDNS has it, coredge does not; file and auto serve zones that are signed already, got "sign"'],
  ['f*o', 'unknown directive, got "f*o"'],
])('says what to do without the directive %s', async (name, message) => {
  const corefile = `. {\n ${name} a b\n}\n`
  expect(await errorsOf(() => configured(corefile, modules))).toEqual([`Corefile:2:2: ${name}: ${message}`])
})

it('knows its clients by the listener’s own peer', async () => {
  const peers: Peer[] = []
  const notes = plugin('notes', () => ({
    serve: (query, next) => {
      peers.push(query.peer)
      return next(query)
    },
  }))
  const [{ server }] = configured('. {\n notes\n says x\n}\n', [notes, says]).listeners
  expect(await ask(server, 'x.')).toBe('x')
  expect(peers).toEqual([PEER])
})
