import { Hono } from 'hono'
import type { DnsServer } from './dnsserver.ts'
import { answerDoh, answerOther, type DohOptions } from './dohfetch.ts'
import { DOH_PATHS } from './dohhandler.ts'

type ServerSource = DnsServer | ((request: Request) => DnsServer | Promise<DnsServer>)

/**
 * DNS over HTTPS as a Hono app, on any runtime with fetch: RFC 8484 and JSON at /dns-query, JSON at /resolve. `server` may
 * be a function, asked for each request, so that it can start at the first one and be replaced later.
 */
export function dohApp(server: ServerSource, options: DohOptions = {}): Hono {
  const app = new Hono()
  const serverFor = typeof server === 'function' ? server : () => server
  // One handler for all methods: for two that fit Hono would make a chain, at twice its cost.
  for (const [path, resource] of Object.entries(DOH_PATHS))
    app.all(path, ({ req: { raw } }): Response | Promise<Response> => {
      const dns = serverFor(raw)
      return dns instanceof Promise
        ? dns.then((there) => answerDoh(resource, raw, there, options))
        : answerDoh(resource, raw, dns, options)
    })
  app.notFound(async ({ req }) => answerOther(req.path, req.raw, await serverFor(req.raw), options))
  return app
}
