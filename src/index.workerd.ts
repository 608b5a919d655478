import { waitUntil } from 'cloudflare:workers'
import type { Hono } from 'hono'
import { createDohAppOn } from './library/doh.ts'
import type { ServerOptions } from './library/options.ts'
import type { Platform } from './library/platform.ts'
import { createServerOn, type DnsServer } from './library/server.ts'
import { parseSource, replaySource } from './runtime/recording.ts'
import { workersLog, workersRuntime } from './runtime/workers.ts'
import { AssetFiles, readManifest } from './runtime/workers-files.ts'
import type { DohOptions } from './transport/dohfetch.ts'

/** What `import … from 'coredge'` gives in a Worker: the same names as index.ts, with connections and assets. */

export * from './index.ts'

const workers: Platform = {
  log: workersLog,
  waitUntil,
  runtime: (log, files) => workersRuntime(files(undefined), undefined, log),
  async fromAssets({ assets, env }) {
    const manifest = await readManifest(assets)
    const corefile = parseSource(replaySource(manifest.corefile, env))
    return { corefile, files: new AssetFiles(assets, manifest, waitUntil) }
  },
}

export const createServer = (options: ServerOptions): Promise<DnsServer> => createServerOn(workers, options)

export const createDohApp = (options: ServerOptions & DohOptions): Hono => createDohAppOn(workers, options)
