import type { Hono } from 'hono'
import { FolderImports } from './cli/corefile.ts'
import { ListenerChange } from './cli/listenerchange.ts'
import { createDohAppOn } from './library/doh.ts'
import type { ServerOptions } from './library/options.ts'
import type { Platform } from './library/platform.ts'
import { createServerOn, type DnsServer } from './library/server.ts'
import { nodeRuntime } from './runtime/node.ts'
import { NodeLog } from './runtime/node-log.ts'
import type { DohOptions } from './transport/dohfetch.ts'

/** What `import … from 'coredge'` gives on Node: the same names as index.ts, with sockets and files of the machine. */

export * from './index.ts'

let log: NodeLog | undefined

const node: Platform = {
  imports: new FolderImports(),
  get log() {
    // One for all, as they share stdout; made when it is of use.
    log ??= new NodeLog()
    return log
  },
  waitUntil: (promise) => void promise.catch(() => {}),
  runtime(log, files) {
    const runtime = nodeRuntime(log)
    return { ...runtime, files: files(runtime.files) }
  },
  async listen(listeners, warn) {
    const change = new ListenerChange(new Map(), listeners, warn)
    await change.make()
    const open = [...change.open.values()]
    return {
      urls: open.map(({ url }) => url),
      close: async () => void (await Promise.all(open.map((listener) => listener.close()))),
    }
  },
}

export const createServer = (options: ServerOptions): Promise<DnsServer> => createServerOn(node, options)

export const createDohApp = (options: ServerOptions & DohOptions): Hono => createDohAppOn(node, options)
