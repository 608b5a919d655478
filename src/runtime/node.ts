import { hostname, networkInterfaces } from 'node:os'
import { NodeFiles } from './node-files.ts'
import { https } from './node-https.ts'
import { NodeLog } from './node-log.ts'
import { connect, datagram, lookup } from './node-net.ts'
import type { Log, Runtime } from './runtime.ts'

/** The runtime of a Node process. */
export function nodeRuntime(log: Log = new NodeLog()): Runtime {
  return {
    name: 'node',
    hostname: hostname(),
    files: new NodeFiles(),
    log,
    connect,
    datagram,
    https,
    lookup,
    interfaceAddresses: (name) =>
      networkInterfaces()[name]?.map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
    waitUntil(promise) {
      promise.catch((error: unknown) => log.error(error instanceof Error ? error.message : String(error)))
    },
  }
}
