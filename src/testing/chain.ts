import { ConfigErrors } from '../corefile/error.ts'
import { parseCorefile } from '../corefile/parse.ts'
import { configure, type Instance } from '../instance.ts'
import { type Answer, type AskOptions, answerOf, queryOf } from '../library/answer.ts'
import { expositionText } from '../metrics/exposition.ts'
import { definePlugin, type Handler, type PluginModule } from '../plugin.ts'
import { modules } from '../plugins.gen.ts'
import type { Peer, Query } from '../query.ts'
import type { Reply } from '../reply.ts'
import type { Server } from '../server.ts'
import { FakeRuntime, type FakeRuntimeOptions } from './runtime.ts'
import { networkOf, type StubUpstream } from './upstream.ts'

/** What a chain is made with, beside its Corefile. */
export interface ChainOptions extends FakeRuntimeOptions {
  /** In place of one made from the other options. */
  readonly runtime?: FakeRuntime
  /** Plugins besides those of coredge, in front of them. */
  readonly modules?: readonly PluginModule[]
  /** All plugins, in the order of the chain, where `modules` in front of coredge's is not what is wanted. */
  readonly plugins?: readonly PluginModule[]
  /** What the directive `stub`, the last in the chain, does with a query. */
  readonly stub?: (query: Query, next: Handler) => Reply | Promise<Reply>
  /** Servers to be had at these addresses, and the whole network there is: `{ '192.0.2.53': stubUpstream(…) }`. */
  readonly upstreams?: { readonly [address: string]: StubUpstream }
}

/** A Corefile at work in this process, without sockets. */
export interface Chain {
  readonly runtime: FakeRuntime
  /** What was logged, a line each: `[INFO] …`. */
  readonly log: readonly string[]
  /** Asks `www.example.org A`, or `version.bind TXT CH`. Throws Error where there was no reply. */
  ask(question: string, options?: AskOptions): Promise<Answer>
  /** As `ask`; undefined where there was no reply. */
  tryAsk(question: string, options?: AskOptions): Promise<Answer | undefined>
  /** The lines of metrics in Prometheus's text format that begin so. */
  measured(prefix: string): string[]
  /** False while a plugin is not fit to answer. */
  ready(): boolean
  /** Stops the plugins: to be called at the end of a test. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Puts a Corefile to work: parses, configures, loads and starts it. Throws ConfigErrors, as the server does. */
export function chain(corefile: string, options: ChainOptions = {}): Promise<Chain> {
  return openChain(corefile, options)
}

/** As `chain`, for those who look behind it. */
export async function openChain(
  corefile: string,
  options: ChainOptions = {},
): Promise<Chain & { readonly instance: Instance }> {
  const runtime =
    options.runtime ?? new FakeRuntime({ ...options, ...(options.upstreams && networkOf(options.upstreams)) })
  const { plugins = [...(options.modules ?? []), ...modules], stub } = options
  const instance = configure({
    corefile: parseCorefile(corefile, { file: 'Corefile' }),
    modules: stub ? [...plugins, stubOf(stub)] : plugins,
    runtime,
    defaultPort: 1053,
  })
  await instance.load()
  await instance.start()
  const tryAsk = askerOf(instance, runtime)
  const stop = (): Promise<void> => instance.stop()
  return {
    runtime,
    instance,
    log: runtime.logged,
    tryAsk,
    async ask(question, how) {
      const answer = await tryAsk(question, how)
      if (!answer) throw new Error(`no reply to ${question}`)
      return answer
    },
    measured(prefix) {
      const lines = expositionText(runtime.metrics.gather()).split('\n')
      return lines.filter((line) => line.startsWith(prefix))
    },
    ready: () => instance.ready(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** What is wrong with a Corefile, one message a line; '' where nothing is. Warnings do not count. */
export async function faults(corefile: string, options: ChainOptions = {}): Promise<string> {
  try {
    await (await chain(corefile, options)).stop()
    return ''
  } catch (error) {
    if (error instanceof ConfigErrors) return error.message
    throw error
  }
}

const CLIENT = { address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 1053 }

function askerOf(instance: Instance, runtime: FakeRuntime): Chain['tryAsk'] {
  const edge = runtime.name === 'workers' ? instance.edge() : undefined
  const serverAt = (port: number | undefined): Server => {
    const listener = instance.listeners.find((listener) => port === undefined || listener.port === port)
    if (!listener) throw new Error(`no listener has port ${port}`)
    return listener.server
  }
  return async (question, how = {}) => {
    const peer: Peer = { ...CLIENT, transport: edge ? 'https' : 'udp', ...how.peer }
    const wire = await (edge ?? serverAt(how.port)).answer(queryOf(question, how), peer)
    return wire && answerOf(wire)
  }
}

/** A directive that does with queries what a test wants. */
export function stubOf(serve: NonNullable<ChainOptions['stub']>): PluginModule {
  return definePlugin({ name: 'stub', directive: { args: [] }, setup: () => ({ name: 'stub', serve, anyClass: true }) })
}
