import { cachePlugin, createDohApp, errorsPlugin, filePlugin, forwardPlugin, use } from 'coredge'
import { Hono } from 'hono'
import { zone } from './zone.ts'

/** A Worker with routes of its own, and DNS over HTTPS at /dns/dns-query and /dns/resolve. */

// One zone served here, everything else asked of a resolver. Only these plugins are in the bundle.
const dns = createDohApp({
  blocks: [
    { zones: 'example.org', plugins: [use(errorsPlugin), use(filePlugin, ['db.example.org'])] },
    {
      zones: '.',
      plugins: [use(errorsPlugin), use(cachePlugin, 300), use(forwardPlugin, ['.', 'https://cloudflare-dns.com'])],
    },
  ],
  files: { 'db.example.org': zone },
})

const app = new Hono()
app.get('/', (context) => context.text('DNS is at /dns/dns-query\n'))
app.get('/zone', (context) => context.text(zone))
app.route('/dns', dns)

// biome-ignore lint/style/noDefaultExport: what a Worker is
export default app
