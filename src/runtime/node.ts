import { availableParallelism, hostname, networkInterfaces } from 'node:os'
import { Registry } from '../metrics/registry.ts'
import { reasonOf } from '../reason.ts'
import { certificateFault } from './node-certificate.ts'
import { openChannel } from './node-channel.ts'
import { runCommand } from './node-command.ts'
import { NodeFiles } from './node-files.ts'
import { HttpListeners } from './node-http.ts'
import { https } from './node-httpsloader.ts'
import { StreamListeners } from './node-listen.ts'
import { NodeLog } from './node-log.ts'
import { connect, datagram, lookup } from './node-net.ts'
import { measureProcess, measureRuntime } from './node-process.ts'
import { nodeStores } from './node-stores.ts'
import type { Log, Runtime } from './runtime.ts'

/** The runtime of a Node process. `metrics`: what a thread counts into, where it is not the process's first. */
export function nodeRuntime(log: Log = new NodeLog(), metrics: Registry = processMetrics()): Runtime {
  const http = new HttpListeners((line) => log.warn(line))
  const streams = new StreamListeners()
  return {
    name: 'node',
    hostname: hostname(),
    env: (name) => process.env[name],
    parallelism: availableParallelism(),
    geoDatabases: async () => (await import('./node-mmdb.ts')).openGeoDatabase,
    profile: async (kind, milliseconds) => (await import('./node-profile.ts')).profile(kind, milliseconds),
    files: new NodeFiles(),
    log,
    connect,
    datagram,
    https,
    lookup,
    certificateFault,
    stores: nodeStores,
    metrics,
    measurePlatform: () => measureRuntime(metrics),
    listenHttp: (resource, configuration) => http.listen(resource, configuration),
    channel: openChannel,
    run: runCommand,
    listenStream: (options, accept) => streams.listen(options, accept),
    interfaceAddresses: (name) =>
      networkInterfaces()[name]?.map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
    waitUntil(promise) {
      promise.catch((error: unknown) => log.error(reasonOf(error)))
    },
  }
}

function processMetrics(): Registry {
  const metrics = new Registry()
  measureProcess(metrics)
  return metrics
}
