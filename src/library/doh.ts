import type { Hono } from 'hono'
import { Edge } from '../edge.ts'
import { dohApp } from '../transport/doh.ts'
import { type DohOptions, toResponse } from '../transport/dohfetch.ts'
import { unavailable } from '../transport/http.ts'
import type { ServerOptions } from './options.ts'
import type { Platform } from './platform.ts'
import { openOn } from './server.ts'

/** A Hono app whose server is made at the first request: see `createDohApp`. */
export function createDohAppOn(platform: Platform, options: ServerOptions & DohOptions): Hono {
  const edge = new Edge(async () => (await openOn(platform, options)).server)
  const app = dohApp(() => {
    if (edge.server) return edge.server
    const starting = edge.start()
    // Were the client to go away, the start would end with its request, and all others wait for it in vain.
    platform.waitUntil(starting.catch(() => {}))
    return starting
  }, options)
  app.onError((error) => {
    const { reason, reply } = unavailable(error)
    const log = options.log ?? platform.log
    log.error(`not serving: ${reason}`)
    return toResponse(reply)
  })
  return app
}
