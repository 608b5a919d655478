import { configure } from './instance.ts'
import type { PluginModule } from './plugin.ts'
import type { Manifest } from './runtime/manifest.ts'
import { parseSource, replaySource } from './runtime/recording.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { Server } from './server.ts'

/** A start that failed is not tried again before this has passed. Milliseconds. */
const BACKOFF = 1000

/** What one isolate of a Worker serves: made at the first request, shared by all that come while it is made. */
export class Edge {
  readonly #make: () => Promise<Server>
  #starting: Promise<Server> | undefined
  #server: Server | undefined
  #retryAt = 0

  constructor(make: () => Promise<Server>) {
    this.#make = make
  }

  /** Undefined until it was made. */
  get server(): Server | undefined {
    return this.#server
  }

  /** The server, once it is there. Rejects with the reason where it cannot be made; a later call tries again. */
  start(): Promise<Server> {
    if (this.#starting && (this.#retryAt === 0 || Date.now() < this.#retryAt)) return this.#starting
    this.#retryAt = 0
    this.#starting = this.#make().then((server) => {
      this.#server = server
      return server
    })
    this.#starting.catch(() => {
      this.#retryAt = Date.now() + BACKOFF
    })
    return this.#starting
  }
}

/** A Worker's variables, without its other bindings. */
export function textsOf(env: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** A bundle has the plugins of its Corefile. */
const absent = (): string => 'the Corefile did not have it when the Worker was built; run `coredge build` again'

/** Makes the server that a build describes. `env`: the Worker's variables, which go before those of the build. */
export async function serverOf(
  manifest: Manifest,
  modules: readonly PluginModule[],
  runtime: Runtime,
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  const corefile = parseSource(replaySource(manifest.corefile, env))
  const instance = configure({ corefile, modules, absent, runtime })
  await instance.load()
  await instance.start()
  for (const warning of instance.warnings) runtime.log.warn(warning)
  return instance.edge()
}
