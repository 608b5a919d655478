import { expositionText } from '../../src/metrics/exposition.ts'
import { chain } from '../../src/testing/chain.ts'
import { stubUpstream } from '../../src/testing/upstream.ts'
import type { ReadFamily } from './prometheustext.ts'
import { readMetrics } from './prometheustext.ts'

const COREFILE = `
example.org {
    prometheus
    health
    reload
    shed
    acl {
        block type MX
        filter type CAA
        drop type HINFO
        allow
    }
    cache 300 {
        success 64
    }
    dns64
    local
    autopath resolv.conf
    dnstap /nowhere/dnstap.sock
    trace 127.0.0.1:1
    template IN A dynamic.example.org {
        answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
    template IN A broken.example.org {
        answer "{{ .Name }} 60 IN {{ index .Group 7 }}"
    }
    template IN A odd.example.org {
        answer "{{ .Name }} 60 IN A {{ .Name }}"
    }
    hosts hosts {
        fallthrough
    }
    forward . 192.0.2.53
}
`

const QUESTIONS = [
  'a.dynamic.example.org A',
  'a.dynamic.example.org A',
  'b.dynamic.example.org AAAA',
  'a.broken.example.org A',
  'a.odd.example.org A',
  'host.example.org A',
  'x.example.org MX',
  'x.example.org CAA',
  'x.example.org HINFO',
  'www.example.org A',
  'www.example.org AAAA',
  'mail.search.example.org A',
  'localhost.example.org A',
  'no.example.net A',
]

/** The metrics of a configuration with most of what counts, after queries of all kinds, as a Prometheus gets them. */
export async function busyMetrics(): Promise<Map<string, ReadFamily>> {
  await using busy = await chain(COREFILE, {
    files: { hosts: '192.0.2.7 host.example.org\n', 'resolv.conf': 'search search.example.org example.org\n' },
    upstreams: {
      '192.0.2.53': stubUpstream('www.example.org. 60 IN A 192.0.2.9\nmail.example.org. 60 IN A 192.0.2.8\n'),
    },
  })
  for (const question of QUESTIONS) {
    await busy.tryAsk(question, { do: true })
    await busy.tryAsk(question, { peer: { address: '2001:db8::1', transport: 'tcp' } })
  }
  return readMetrics(expositionText(busy.runtime.metrics.gather()))
}
