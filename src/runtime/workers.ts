import { env, waitUntil } from 'cloudflare:workers'
import type { Manifest } from './manifest.ts'
import type { Runtime } from './runtime.ts'
import { AssetFiles, type Assets } from './workers-files.ts'
import { connect } from './workers-net.ts'

/** The runtime of a Worker: files are what the build took along, the log is the console. */
export function workersRuntime(assets: Assets, manifest: Manifest, hostname?: string): Runtime {
  return {
    name: 'workers',
    hostname,
    env: (name) => (typeof env[name] === 'string' ? env[name] : undefined),
    files: new AssetFiles(assets, manifest, waitUntil),
    log: {
      info: (line) => console.log(line),
      warn: (line) => console.warn(line),
      error: (line) => console.error(line),
    },
    connect,
    perRequestIo: true,
    interfaceAddresses: () => undefined,
    waitUntil: (promise) => waitUntil(promise.catch((error: unknown) => console.error(String(error)))),
  }
}
