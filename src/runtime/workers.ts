import { env, waitUntil } from 'cloudflare:workers'
import type { Files, Log, Runtime } from './runtime.ts'
import { connect } from './workers-net.ts'
import { workersStores } from './workers-stores.ts'

/** The console of a Worker. */
export const workersLog: Log = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
}

/** The runtime of a Worker; `hostname` is what it is called. */
export function workersRuntime(files: Files, hostname?: string, log: Log = workersLog): Runtime {
  return {
    name: 'workers',
    hostname,
    env: (name) => (typeof env[name] === 'string' ? env[name] : undefined),
    files,
    log,
    connect,
    stores: workersStores(env),
    perRequestIo: true,
    interfaceAddresses: () => undefined,
    waitUntil: (promise) => waitUntil(promise.catch((error: unknown) => console.error(String(error)))),
  }
}
