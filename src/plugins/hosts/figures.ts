import type { Gauge, Gauges } from '../../metrics/gauge.ts'
import type { Block } from '../../plugin.ts'

export interface HostsFigures {
  /** By file: addresses of names and names of addresses, those of the Corefile too. */
  readonly entries: Gauges
  /** Seconds since 1970. */
  readonly readAt: Gauge
}

export function hostsFigures({ metrics }: Block): HostsFigures {
  const entries = 'Addresses of names, and names of addresses, in the hosts file and the Corefile.'
  return {
    entries: metrics.gauges('coredns_hosts_entries', entries, ['hostsfile']),
    readAt: metrics.gauge('coredns_hosts_reload_timestamp_seconds', 'When a hosts file was last read.'),
  }
}
