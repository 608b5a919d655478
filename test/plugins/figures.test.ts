import { expect, test } from 'vitest'
import { expositionText } from '../../src/metrics/exposition.ts'
import { Registry } from '../../src/metrics/registry.ts'
import { readMetrics } from '../metrics/prometheustext.ts'
import { FakeRuntime } from '../runtime.ts'
import { type AskOptions, rig } from './rig.ts'

/** What plugins count: a block, questions, and the metrics afterwards, without their prefix `coredns_` and server. */

interface Case {
  readonly block: string
  readonly files?: Readonly<Record<string, string>>
  readonly ask?: readonly (readonly [question: string, options?: AskOptions])[]
  readonly metrics: readonly string[]
}

const V6 = { peer: { address: '2001:db8::1' } }
const answer = 'template IN A {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }'

const CASES: Readonly<Record<string, Case>> = {
  acl: {
    block: `acl example.org example.net {
        block type MX
        filter type CAA
        drop type HINFO
        allow
    }
    ${answer}`,
    ask: [
      ['a.example.org MX'],
      ['b.example.net MX'],
      ['c.example.net MX'],
      ['a.example.org CAA'],
      ['a.example.org HINFO'],
      ['a.example.org'],
      ['a.example.com'],
    ],
    metrics: [
      'acl_allowed_requests_total{view=""} 2',
      'acl_blocked_requests_total{view="",zone="example.net."} 2',
      'acl_blocked_requests_total{view="",zone="example.org."} 1',
      'acl_dropped_requests_total{view="",zone="example.org."} 1',
      'acl_filtered_requests_total{view="",zone="example.org."} 1',
    ],
  },
  autopath: {
    block: 'autopath resolv.conf\n hosts {\n 192.0.2.1 www.example.net\n }',
    files: { 'resolv.conf': 'search example.org example.net\n' },
    ask: [['www.example.org'], ['ftp.example.org'], ['www.example.net']],
    metrics: ['autopath_success_total{} 1'],
  },
  dns64: {
    block: `dns64\n ${answer}\n template IN AAAA {\n rcode NOERROR\n }`,
    ask: [['a.example.org AAAA', V6], ['a.example.org AAAA'], ['a.example.org', V6]],
    metrics: ['dns64_requests_translated_total{} 1'],
  },
  hosts: {
    block: 'hosts hosts {\n 192.0.2.3 inline.example\n no_reverse\n }\n',
    files: { hosts: '192.0.2.1 a.example b.example\n192.0.2.1 a.example\n2001:db8::1 a.example *.wild.example\n# x\n' },
    metrics: ['hosts_entries{hostsfile="hosts"} 5'],
  },
  'hosts and addresses': {
    block: 'hosts hosts',
    files: { hosts: '192.0.2.1 a.example b.example\n2001:db8::1 a.example *.wild.example\n' },
    metrics: ['hosts_entries{hostsfile="hosts"} 7'],
  },
  local: {
    block: `local\n ${answer}`,
    ask: [['localhost'], ['a.localhost'], ['localhost.example.org'], ['1.0.0.127.in-addr.arpa PTR'], ['a.example']],
    metrics: ['local_localhost_requests_total 2'],
  },
  template: {
    block: `view all {
        expr true
    }
    template ANY ANY example.org {
        match ^a
        answer "{{ .Name }} 60 IN TXT x"
        fallthrough
    }
    template IN A {
        answer "{{ .Name }} 60 IN A {{ index .Match 1 }}"
    }
    template IN AAAA {
        additional "{{ .Name }} 60 IN AAAA {{ .Zone }}"
    }`,
    ask: [
      ['a.example.org'],
      ['a.example.org'],
      ['a.example.org TYPE65280'],
      ['a.example.org TYPE65281 CLASS77'],
      ['b.example.org'],
      ['b.example.org AAAA'],
      ['b.example.org MX'],
    ],
    metrics: [
      'template_matches_total{class="IN",type="A",view="all",zone="."} 1',
      'template_matches_total{class="IN",type="A",view="all",zone="example.org."} 2',
      'template_matches_total{class="IN",type="AAAA",view="all",zone="."} 1',
      'template_matches_total{class="IN",type="other",view="all",zone="example.org."} 1',
      'template_rr_failures_total{class="IN",section="additional",template="{{ .Name }} 60 IN AAAA {{ .Zone }}",type="AAAA",view="all",zone="."} 1',
      'template_template_failures_total{class="IN",section="answer",template="{{ .Name }} 60 IN A {{ index .Match 1 }}",type="A",view="all",zone="."} 1',
    ],
  },
}

test.each(Object.entries(CASES))('%s', async (name, { block, files = {}, ask = [], metrics }) => {
  const registry = new Registry()
  const runtime = Object.assign(new FakeRuntime({ files }), { metrics: registry })
  const { ask: put } = await rig(`. {\n bind 127.0.0.1\n ${block}\n}`, { runtime })
  for (const [question, options] of ask) await put(question, options)
  expect(samplesOf(registry, `coredns_${name.split(' ')[0]}_`)).toEqual(metrics)
})

test('hosts tells when it has read its file', async () => {
  const registry = new Registry()
  const runtime = Object.assign(new FakeRuntime({ files: { hosts: '192.0.2.1 a.example\n' } }), { metrics: registry })
  const before = Date.now() / 1000
  const { stop } = await rig('. {\n hosts hosts\n}', { runtime })
  const readAt = registry.gauge('coredns_hosts_reload_timestamp_seconds', '').value
  expect(readAt).toBeGreaterThanOrEqual(before)
  await runtime.change('hosts', '192.0.2.1 a.example\n192.0.2.2 b.example\n')
  const name = 'coredns_hosts_entries'
  expect(samplesOf(registry, name)).toEqual(['hosts_entries{hostsfile="hosts"} 4'])
  await stop()
  expect(samplesOf(registry, name)).toEqual([])
})

test('reload tells what is in use, and counts failures', async () => {
  const registry = new Registry()
  const start = () => rig('. {\n reload\n}', { runtime: Object.assign(new FakeRuntime(), { metrics: registry }) })
  const first = await start()
  expect(samplesOf(registry, 'coredns_reload_')).toEqual(['reload_failed_total 0'])
  first.instance.reload!.inUse('aa')
  first.instance.reload!.failed()
  const second = await start()
  second.instance.reload!.inUse('bb')
  await first.stop()
  expect(samplesOf(registry, 'coredns_reload_')).toEqual([
    'reload_failed_total 1',
    'reload_version_info{hash="sha512",value="bb"} 1',
  ])
})

/** Samples of metrics whose name begins so; the server is checked, and left out as is what differs each time. */
function samplesOf(registry: Registry, prefix: string): string[] {
  const families = [...readMetrics(expositionText(registry.gather())).values()]
  return families
    .filter(({ name }) => name.startsWith(prefix) && !name.endsWith('_timestamp_seconds'))
    .flatMap(({ samples }) => samples)
    .map(({ name, labels, value }) => {
      if (labels.has('server')) expect(labels.get('server')).toBe('dns://127.0.0.1:1053')
      const pairs = [...labels].filter(([label]) => label !== 'server').map(([label, text]) => `${label}="${text}"`)
      return `${name.replace('coredns_', '')}${labels.size > 0 ? `{${pairs}}` : ''} ${value}`
    })
}
