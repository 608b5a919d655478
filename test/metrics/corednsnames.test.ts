import { beforeAll, describe, expect, it, test } from 'vitest'
import { busyMetrics } from './busy.ts'
import { lint, type ReadFamily } from './prometheustext.ts'

/**
 * CoreDNS 1.14's metrics, with their types and labels: dashboards and alerts know them by these. cache_drops_total counts replies
 * to other questions than were asked, which a plugin here cannot make; upstreams' are proxy_mismatched_total.
 */
const METRICS = `
gauge     build_info                            version revision goversion
counter   panics_total
gauge     plugin_enabled                        server zone view name
counter   dns_requests_total                    server zone view proto family type
histogram dns_request_duration_seconds          server zone view
histogram dns_request_size_bytes                server zone view proto
counter   dns_do_requests_total                 server zone view
histogram dns_response_size_bytes               server zone view proto
counter   dns_responses_total                   server zone view rcode plugin
counter   acl_allowed_requests_total            server view
counter   acl_blocked_requests_total            server zone view
counter   acl_dropped_requests_total            server zone view
counter   acl_filtered_requests_total           server zone view
gauge     cache_entries                         server type zones view
counter   cache_requests_total                  server zones view
counter   cache_hits_total                      server type zones view
counter   cache_misses_total                    server zones view
counter   cache_prefetch_total                  server zones view
counter   cache_served_stale_total              server zones view
counter   cache_evictions_total                 server type zones view
counter   dns64_requests_translated_total       server
counter   forward_healthcheck_broken_total
counter   forward_max_concurrent_rejects_total
counter   forward_requests_total                to
counter   forward_responses_total               to rcode
histogram forward_request_duration_seconds      to rcode
histogram proxy_request_duration_seconds        proxy_name to rcode
counter   proxy_healthcheck_failures_total      proxy_name to
counter   proxy_conn_cache_hits_total           proxy_name to proto
counter   proxy_conn_cache_misses_total         proxy_name to proto
histogram health_request_duration_seconds
counter   health_request_failures_total
gauge     hosts_entries                         hostsfile
gauge     hosts_reload_timestamp_seconds
counter   local_localhost_requests_total
counter   reload_failed_total
counter   template_matches_total                server zone view class type
counter   template_template_failures_total      server zone view class type section template
counter   template_rr_failures_total            server zone view class type section template
`
  .trim()
  .split('\n')
  .map((line) => line.split(/\s+/))

/** Upper bounds of buckets, as CoreDNS has them. */
const TIMES = Array.from({ length: 16 }, (_, i) => 0.00025 * 2 ** i)
const BUCKETS: Readonly<Record<string, readonly number[]>> = {
  dns_request_duration_seconds: TIMES,
  proxy_request_duration_seconds: TIMES,
  forward_request_duration_seconds: TIMES,
  dns_request_size_bytes: [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3],
  dns_response_size_bytes: [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3],
  health_request_duration_seconds: [0.00025, 0.0025, 0.025, 0.25, 2.5],
}

let families: Map<string, ReadFamily>
beforeAll(async () => {
  families = await busyMetrics()
})

describe('CoreDNS’s metrics', () => {
  test.each(METRICS)('%s %s', (type, name, ...labels) => {
    const family = families.get(`coredns_${name}`)
    expect(family?.type).toBe(type)
    for (const sample of family!.samples)
      expect([...sample.labels.keys()].filter((label) => label !== 'le').sort()).toEqual(labels.toSorted())
    const bounds = [...new Set(family!.samples.map(({ labels }) => labels.get('le')).filter((le) => le !== undefined))]
    if (type === 'histogram') expect(bounds.slice(0, -1).map(Number)).toEqual(BUCKETS[name])
  })
})

it('the exposition has nothing that promtool would complain of', () => {
  expect(lint(families)).toEqual([])
})
