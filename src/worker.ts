import { env, waitUntil } from 'cloudflare:workers'
import type { AnalyticsDataset } from './analytics.ts'
import { Edge, serverOf, textsOf } from './edge.ts'
import { modules } from './plugins.gen.ts'
import { workersRuntime } from './runtime/workers.ts'
import { DataCentreCache } from './runtime/workers-cache.ts'
import { AssetFiles, type Assets, readManifest } from './runtime/workers-files.ts'
import { dohFetch, toResponse } from './transport/dohfetch.ts'
import { unavailable } from './transport/http.ts'

/** The Worker: DNS over HTTPS, from the assets that `coredge build` made. */

/** The code of the data centre, which the first request tells. */
let location: string | undefined

const edge = new Edge(async () => {
  const assets = env.ASSETS as Assets | undefined
  if (!assets) throw new Error('there is no binding ASSETS: see [assets] in wrangler.toml')
  const manifest = await readManifest(assets)
  const variables = textsOf(env)
  const sharedCache = new DataCentreCache(manifest, variables)
  const files = new AssetFiles(assets, manifest, waitUntil)
  const analytics = env.ANALYTICS as AnalyticsDataset | undefined
  return serverOf(manifest, modules, { ...workersRuntime(files, location), sharedCache, analytics }, variables)
})

const answer = dohFetch(() => edge.server!)

function fetch(request: Request): Response | Promise<Response> {
  return edge.server ? answer(request) : startAndFetch(request)
}

async function startAndFetch(request: Request): Promise<Response> {
  location = (request as { cf?: { colo?: string } }).cf?.colo
  const starting = edge.start()
  // Were the client to go away, the start would end with its request, and all others wait for it in vain.
  waitUntil(starting.catch(() => {}))
  try {
    await starting
  } catch (error) {
    const { reason, reply } = unavailable(error)
    console.error(`not serving: ${reason}`)
    return toResponse(reply)
  }
  return answer(request)
}

// biome-ignore lint/style/noDefaultExport: what a Worker is
export default { fetch }
