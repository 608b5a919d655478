import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BUNDLE } from '../../src/cli/bundle.ts'
import { type Persistence, startWorker } from '../../src/cli/localworker.ts'
import { siteFor, type Way } from './transports.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** A Worker under miniflare: the bundle that would be deployed, with the assets of a build. */
export interface RunningWorker {
  /** `http://127.0.0.1:…` */
  readonly url: string
  /** What it logged so far, `[INFO]` and so on in front. */
  readonly logged: readonly string[]
  close(): Promise<void>
}

/** Builds what a folder's Corefile makes of a Worker, by `coredge build`, and starts it. */
export async function startWorkerIn(folder: string, kept: Persistence = {}): Promise<RunningWorker> {
  return startWorkerWith(await built(folder), kept)
}

/** The two folders of a build. */
interface Built {
  readonly assets: string
  readonly bundle: string
}

async function built(folder: string): Promise<Built> {
  const assets = join(folder, 'assets')
  const args = [join(root, 'src/node.ts'), 'build', '-conf', 'Corefile', '-out', assets]
  await run(process.execPath, args, { cwd: folder })
  return { assets, bundle: join(folder, 'worker') }
}

/**
 * As startWorkerIn, with a binding ANALYTICS. `dataset`: a module whose default export makes what the binding gives; `logged`
 * is told each line that comes of it.
 */
export async function startWorkerBoundTo(
  folder: string,
  dataset: string,
  logged: (line: string) => void,
): Promise<Pick<RunningWorker, 'url' | 'close'>> {
  const { Miniflare } = await import('miniflare')
  const { assets, bundle: modulesRoot } = await built(folder)
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }: { message: string }) => logged(message),
    workers: [
      {
        name: 'coredge',
        compatibilityDate: '2026-07-30',
        modulesRoot,
        modules: [{ type: 'ESModule', path: join(modulesRoot, BUNDLE) }],
        serviceBindings: { ASSETS: { disk: { path: assets } } },
        wrappedBindings: { ANALYTICS: { scriptName: 'dataset' } },
      },
      { name: 'dataset', modules: [{ type: 'ESModule', path: 'dataset.js', contents: dataset }] },
    ],
  })
  const url = await miniflare.ready
  return { url: `http://127.0.0.1:${url.port}`, close: () => miniflare.dispose() }
}

/** Starts a Worker with a folder of assets. */
export async function startWorkerWith({ assets, bundle }: Built, kept: Persistence = {}): Promise<RunningWorker> {
  const logged: string[] = []
  const log = {
    info: (line: string) => logged.push(`[INFO] ${line}`),
    warn: (line: string) => logged.push(`[WARNING] ${line}`),
    error: (line: string) => logged.push(`[ERROR] ${line}`),
  }
  const worker = await startWorker(bundle, assets, log, kept)
  return { url: `http://${worker.host}:${worker.port}`, logged, close: () => worker.stop() }
}

/** A folder with these files, for a Worker of its own. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-worker-'))
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content)
  return folder
}

/** The site of the facts, served by workerd over DoH. */
export async function workerd(): Promise<Way> {
  const { folder } = siteFor('dns')
  const worker = await startWorkerIn(folder)
  return {
    ask: async (message) => {
      const headers = { 'content-type': 'application/dns-message' }
      const response = await fetch(`${worker.url}/dns-query`, { method: 'POST', headers, body: message as BodyInit })
      return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : response.status
    },
    close: async () => {
      await worker.close()
      rmSync(folder, { recursive: true })
    },
  }
}
