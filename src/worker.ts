import { env, waitUntil } from 'cloudflare:workers'
import { Edge, serverOf } from './edge.ts'
import { modules } from './plugins.gen.ts'
import { reasonOf } from './reason.ts'
import { workersRuntime } from './runtime/workers.ts'
import { type Assets, readManifest } from './runtime/workers-files.ts'
import { dohApp } from './transport/doh.ts'
import { errorReply, HttpError } from './transport/http.ts'

/** The Worker: DNS over HTTPS, from the assets that `coredge build` made. */

/** The code of the data centre, which the first request tells. */
let location: string | undefined

const edge = new Edge(async () => {
  const assets = env.ASSETS as Assets | undefined
  if (!assets) throw new Error('there is no binding ASSETS: see [assets] in wrangler.toml')
  const manifest = await readManifest(assets)
  return serverOf(manifest, modules, workersRuntime(assets, manifest, location), env)
})

const app = dohApp(() => edge.server!)

async function fetch(request: Request): Promise<Response> {
  if (!edge.server) {
    location = (request as { cf?: { colo?: string } }).cf?.colo
    const starting = edge.start()
    // Were the client to go away, the start would end with its request, and all others wait for it in vain.
    waitUntil(starting.catch(() => {}))
    try {
      await starting
    } catch (error) {
      return unavailable(error)
    }
  }
  return app.fetch(request)
}

function unavailable(error: unknown): Response {
  const reason = reasonOf(error).replaceAll('\n', '; ')
  console.error(`not serving: ${reason}`)
  const { status, headers, body } = errorReply(new HttpError(503, reason, { 'retry-after': '1' }))
  return new Response(body as BodyInit, { status, headers })
}

// biome-ignore lint/style/noDefaultExport: what a Worker is
export default { fetch }
