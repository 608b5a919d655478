import { describe, expect, it } from 'vitest'
import { Debug, Errors } from '../src/capabilities.ts'
import { ConfigErrors } from '../src/corefile/error.ts'
import { parseCorefile } from '../src/corefile/parse.ts'
import { configure } from '../src/instance.ts'
import { key } from '../src/key.ts'
import { type Block, definePlugin, type Plugin, type PluginModule } from '../src/plugin.ts'
import type { Server } from '../src/server.ts'
import { FakeRuntime } from './runtime.ts'
import { answering, ask } from './servedblock.ts'

const module = (name: string, setup: (block: Block) => Plugin | Plugin[], parts: Partial<PluginModule> = {}) =>
  definePlugin({ name, directive: { args: [] }, setup: (_, block) => setup(block), ...parts })

const passing = (name: string): Plugin => ({ name, serve: (query, next) => next(query) })

function run(corefile: string, modules: readonly PluginModule[], runtime = new FakeRuntime()) {
  const instance = configure({ corefile: parseCorefile(corefile, { file: 'Corefile' }), modules, runtime })
  const [{ server }] = instance.listeners
  return { server, warnings: instance.warnings, logged: runtime.logged }
}

/** What `configure` finds wrong, one message a line. */
function faults(...args: Parameters<typeof run>): string {
  try {
    run(...args)
    return ''
  } catch (error) {
    if (error instanceof ConfigErrors) return error.message
    throw error
  }
}

const answers = (server: Server, question = 'www.example.org.'): Promise<string> => ask(server, question)

describe('the chain', () => {
  /** Answers with the names of the plugins that the query came through. */
  const trail: string[] = []
  const noting = (name: string): PluginModule =>
    module(name, () => ({
      name,
      serve: (query, next) => {
        trail.push(name)
        return next(query)
      },
    }))

  it('has the order of the modules, not of the Corefile', async () => {
    const last = module('last', () => ({ name: 'last', serve: answering('done') }))
    const { server } = run('. {\n last\n b\n a\n}\n', [noting('a'), noting('b'), last])
    trail.length = 0
    expect(await answers(server)).toBe('done')
    expect(trail).toEqual(['a', 'b'])
  })

  it('has several plugins of one directive in the order made, and none for one that only configures', async () => {
    const several = module('several', () => [
      { name: 'several', serve: (query, next) => (query.name[1] === 120 ? next(query) : answering('first')(query)) },
      { name: 'several', serve: answering('second') },
    ])
    const nothing = module('nothing', () => ({ name: 'nothing' }))
    const { server } = run('. {\n nothing\n several\n}\n', [nothing, several])
    expect([await answers(server), await answers(server, 'x.')]).toEqual(['first', 'second'])
  })

  it('that nobody answers in is SERVFAIL with a reason', async () => {
    const { server } = run('. {\n a\n}\n', [module('a', () => passing('a'))])
    expect(await answers(server, 'x. +edns')).toBe('SERVFAIL 0 no plugin answered')
  })

  it('of nothing that answers is as good as no block', async () => {
    const { server } = run('. {\n a\n}\n', [module('a', () => ({ name: 'a' }))])
    expect(await answers(server)).toBe('REFUSED')
  })

  it('sees other classes than IN only where a plugin asks for them', async () => {
    const modules = [
      module('any', () => ({ ...passing('any'), anyClass: true })),
      module('says', () => ({ name: 'says', serve: answering('here') })),
    ]
    expect(await answers(run('. {\n says\n}\n', modules).server, 'x. TXT CH')).toBe('REFUSED')
    expect(await answers(run('. {\n any\n says\n}\n', modules).server, 'x. TXT CH')).toBe('here')
  })
})

describe('a plugin that fails', () => {
  const fails = module('fails', () => ({ name: 'fails', serve: () => Promise.reject(new Error('boom\nbang')) }))

  it('leaves one line without an errors plugin too, however often it fails', async () => {
    const { server, logged } = run('. {\n fails\n}\n', [fails])
    for (let i = 0; i < 5; i++) expect(await answers(server)).toBe('SERVFAIL')
    expect(logged).toEqual([expect.stringMatching(/^\[ERROR\] www\.example\.org\. A: Error: boom.*bang$/)])
  })

  it('leaves its stack where debug is on', async () => {
    const debug = module('debug', (block) => {
      block.provide(Debug, true)
      return { name: 'debug' }
    })
    const { server, logged } = run('. {\n debug\n fails\n}\n', [debug, fails])
    await answers(server)
    expect(logged[0]).toMatch(/\n {4}at /)
  })

  it('is told to whoever provides the errors, instead', async () => {
    const told: string[] = []
    const errors = module('errors', (block) => {
      block.provide(Errors, { failed: (_, error) => void told.push(String(error)) })
      return { name: 'errors' }
    })
    const { server, logged } = run('. {\n errors\n fails\n}\n', [errors, fails])
    await answers(server)
    expect([told, logged]).toEqual([['Error: boom\nbang'], []])
  })
})

describe('setup', () => {
  it('sees what plugins before it in the chain provide', () => {
    const Word = key<string>('test/word')
    const seen: (string | undefined)[] = []
    const gives = module('gives', (block) => {
      block.provide(Word, 'first')
      block.provide(Word, 'second')
      return { name: 'gives' }
    })
    const takes = module('takes', (block) => {
      seen.push(block.find(Word), block.all(Word).join())
      return { name: 'takes' }
    })
    run('. {\n takes\n gives\n}\n.:1053 {\n takes\n}\n', [gives, takes])
    expect(seen).toEqual(['first', 'first,second', undefined, ''])
  })

  it('has one shared value for all blocks', () => {
    const Count = key<{ blocks: number }>('test/count')
    const seen: number[] = []
    const counts = module('counts', (block) => {
      seen.push(++block.shared(Count, () => ({ blocks: 0 })).blocks)
      return { name: 'counts' }
    })
    run('. {\n counts\n}\n.:1053 {\n counts\n}\n', [counts])
    expect(seen).toEqual([1, 2])
  })

  it('that throws is told at its directive', () => {
    const throws = module('throws', () => {
      throw new Error('a bug')
    })
    expect(faults('. {\n throws\n}\n', [throws])).toBe('Corefile:2:2: throws: a bug')
  })

  it('runs once for all uses, unless one is all there may be', () => {
    let runs = 0
    const counted = module('counted', () => {
      runs++
      return { name: 'counted' }
    })
    run('. {\n counted\n counted\n}\n', [counted])
    expect(runs).toBe(1)
    const once = module('once', () => ({ name: 'once' }), { directive: { args: [], once: true } })
    expect(faults('. {\n once\n once\n}\n', [once])).toBe('Corefile:3:2: once: may stand only once in a server block')
  })
})

it('a block without directives is told of, as it may be a line gone astray', async () => {
  const { server, warnings } = run('example.org {\n local\n}\nwhoami log\n', [module('local', () => passing('local'))])
  const refused = 'has no directives, so that its queries are refused, got "whoami"'
  expect(warnings).toEqual([`Corefile:4:1: server block: ${refused}`])
  expect(await answers(server, 'whoami A')).toBe('REFUSED')
})

describe('a plugin that does not work everywhere', () => {
  const somewhere = (workers: 'error' | 'ignored'): PluginModule =>
    module('local', () => ({ name: 'local', serve: answering('local') }), {
      runtimes: { workers, why: 'there is no such thing' },
    })
  const workers = (): FakeRuntime => new FakeRuntime({ name: 'workers' })
  const corefile = '. {\n local\n}\n'

  it('is an error there, or does nothing with a note', async () => {
    expect(faults(corefile, [somewhere('error')], workers())).toBe('Corefile:2:2: local: there is no such thing')
    const { server, warnings } = run(corefile, [somewhere('ignored')], workers())
    expect(warnings).toEqual(['Corefile:2:2: local: has no effect here: there is no such thing'])
    expect(await answers(server)).toBe('REFUSED')
  })

  it('works elsewhere', async () => {
    expect(await answers(run(corefile, [somewhere('error')]).server)).toBe('local')
  })
})
