import { parseAddress } from '../address.ts'
import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import { Explainer } from '../explain/explainer.ts'
import { type Explanation, explanationOf } from '../explain/explanation.ts'
import { type ExplainRequest, messageOf, peerAt, siteFor, siteNames } from '../explain/request.ts'
import { configure, type Instance } from '../instance.ts'
import type { Plugin } from '../plugin.ts'
import { nodeRuntime } from '../runtime/node.ts'
import type { Log, Runtime } from '../runtime/runtime.ts'
import { absent } from './builtin.ts'
import { CorefileReader } from './corefile.ts'
import { Failure } from './failure.ts'
import { UsageError } from './flags.ts'
import { modules } from './modules.ts'

export interface ExplainOptions {
  readonly conf: string | undefined
  readonly request: ExplainRequest
  /** Where the Corefile is to run. */
  readonly runtime: Runtime['name']
}

/** How long a plugin that has been started may take to be ready, and how often to look. Milliseconds. */
const PATIENCE = 10_000
const PAUSE = 20

/**
 * Runs one query through the chain of a Corefile. Listens nowhere, and starts of the plugins only those that the query comes
 * to. Throws ConfigErrors and UsageError.
 */
export async function explain({ conf, request, runtime }: ExplainOptions): Promise<Explanation> {
  if (!parseAddress(request.client)) throw new UsageError(`-client: must be an IP address, got "${request.client}"`)
  const reader = new CorefileReader(conf, undefined)
  const corefile = reader.read().corefile()
  if (corefile.blocks.length === 0)
    throw new ConfigErrors([new ConfigError(`${reader.file}: there is no server block`)])
  const instance = configure({ corefile, modules, absent, runtime: runtimeFor(runtime) })
  await instance.load()
  const starter = new Starter()
  try {
    return await explainAt(instance, request, starter)
  } finally {
    await starter.stop()
  }
}

async function explainAt({ sites }: Instance, request: ExplainRequest, starter: Starter): Promise<Explanation> {
  const site = siteFor(sites, request)
  if (!site) {
    const port = request.port === undefined ? '' : ` at port ${request.port}`
    throw new Failure(`no server block is reached over ${request.transport}${port}; there is ${siteNames(sites)}`)
  }
  const explainer = new Explainer(site, (plugin) => starter.prepare(plugin))
  return explanationOf(await explainer.explain(messageOf(request), peerAt(site, request)))
}

/** At the edge there are no datagrams, and HTTPS is for the platform. */
function runtimeFor(name: Runtime['name']): Runtime {
  const node = nodeRuntime(stderrLog)
  if (name === 'node') return node
  const { datagram, https, lookup, listenHttp, ...shared } = node
  return { ...shared, name, perRequestIo: true, interfaceAddresses: () => undefined }
}

/** Starts plugins when a query comes to them, and stops those again. */
class Starter {
  readonly #started = new Map<Plugin, Promise<void>>()

  prepare(plugin: Plugin): Promise<void> | undefined {
    if (!plugin.start || plugin.announces) return undefined
    const there = this.#started.get(plugin)
    if (there) return there
    const starting = this.#start(plugin)
    this.#started.set(plugin, starting)
    return starting
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.#started.keys()].map(async (plugin) => plugin.stop?.()))
  }

  async #start(plugin: Plugin): Promise<void> {
    await plugin.start?.()
    const end = performance.now() + PATIENCE
    while (plugin.ready?.() === false && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

/** Standard output is for the explanation. */
const stderrLog: Log = {
  info: () => {},
  warn: (line) => console.error(`[WARNING] ${line}`),
  error: (line) => console.error(`[ERROR] ${line}`),
}
