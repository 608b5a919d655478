import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { dohApp } from '../../src/transport/doh.ts'
import { lint, type ReadFamily, readMetrics, sampleValue } from '../metrics/prometheustext.ts'
import { get, HttpRuntime } from './httprig.ts'
import { faults, type Rig, rig } from './rig.ts'

async function scrape(runtime: HttpRuntime): Promise<Map<string, ReadFamily>> {
  const { status, headers, body } = await get(runtime.url('/metrics'))
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return readMetrics(body)
}

async function metered(corefile: string, runtime = new HttpRuntime()): Promise<Rig & { runtime: HttpRuntime }> {
  return { ...(await rig(corefile, { runtime })), runtime }
}

const LOOPBACK = 'bind 127.0.0.1\n prometheus 127.0.0.1:0'

describe('counts queries', () => {
  const ask = async (): Promise<Map<string, ReadFamily>> => {
    const { runtime, answer, ask } = await metered(`example.org example.net {
      ${LOOPBACK}
      acl {
          block type CAA
          drop type HINFO
      }
      template IN A example.org {
          answer "{{ .Name }} 60 IN A 192.0.2.1"
          fallthrough
      }
      whoami
    }`)
    await answer('www.example.org')
    await answer('www.example.org', { do: true, peer: { address: '2001:db8::7' } })
    await answer('www.example.net AAAA', { peer: { transport: 'tls' } })
    await answer('www.example.net TYPE65280')
    await answer('www.example.net CAA')
    await ask('www.example.net HINFO')
    await answer('www.example.com')
    await answer('version.bind TXT CH')
    await answer('www.example.org TXT CH')
    return scrape(runtime)
  }

  test('by zone, protocol, family and type', async () => {
    const families = await ask()
    const count = (labels: Record<string, string>): number | undefined =>
      sampleValue(families, 'coredns_dns_requests_total', { server: 'dns://127.0.0.1:1053', view: '', ...labels })
    expect(count({ zone: 'example.org.', proto: 'udp', family: '1', type: 'A' })).toBe(1)
    expect(count({ zone: 'example.org.', proto: 'udp', family: '2', type: 'A' })).toBe(1)
    expect(count({ zone: 'example.net.', proto: 'tcp', family: '1', type: 'AAAA' })).toBe(1)
    expect(count({ zone: 'example.net.', proto: 'udp', family: '1', type: 'other' })).toBe(3)
    expect(sampleValue(families, 'coredns_dns_do_requests_total', { zone: 'example.org.' })).toBe(1)
  })

  test('as dropped where they come to no chain', async () => {
    const families = await ask()
    const dropped = { zone: 'dropped', view: '', server: 'dns://127.0.0.1:1053' }
    expect(sampleValue(families, 'coredns_dns_requests_total', { ...dropped, type: 'A' })).toBe(1)
    expect(sampleValue(families, 'coredns_dns_requests_total', { ...dropped, type: 'TXT' })).toBe(2)
    expect(sampleValue(families, 'coredns_dns_responses_total', dropped)).toBe(3)
    expect(sampleValue(families, 'coredns_dns_responses_total', { ...dropped, rcode: 'REFUSED', plugin: '' })).toBe(3)
  })

  test('by who answered', async () => {
    const families = await ask()
    const count = (zone: string, rcode: string, plugin: string): number | undefined =>
      sampleValue(families, 'coredns_dns_responses_total', { zone, rcode, plugin })
    expect(count('example.org.', 'NOERROR', 'template')).toBe(2)
    expect(count('example.net.', 'NOERROR', 'whoami')).toBe(2)
    expect(count('example.net.', 'REFUSED', 'acl')).toBe(1)
    expect(count('example.net.', 'NOERROR', '')).toBe(1)
  })

  test('by size and duration', async () => {
    const families = await ask()
    const zone = 'example.net.'
    expect(sampleValue(families, 'coredns_dns_request_duration_seconds_count', { zone })).toBe(4)
    const size = (which: string, sample: string, proto: string): number | undefined =>
      sampleValue(families, `coredns_dns_${which}_size_bytes_${sample}`, { zone, proto })
    expect(size('request', 'count', 'udp')).toBe(3)
    expect(size('request', 'sum', 'tcp')).toBe(33)
    // Nothing was sent for one of three.
    const none = sampleValue(families, 'coredns_dns_response_size_bytes_bucket', { zone, proto: 'udp', le: '0' })
    expect(none).toBe(1)
  })
})

describe('who answered', () => {
  const by = async (block: string, question = 'www.example.org', files = {}): Promise<string | undefined> => {
    const runtime = new HttpRuntime({ files })
    const { ask } = await metered(`. {\n ${LOOPBACK}\n ${block}\n}`, runtime)
    await ask(question)
    const samples = (await scrape(runtime)).get('coredns_dns_responses_total')!.samples
    expect(samples).toHaveLength(1)
    return samples[0].labels.get('plugin')
  }
  const ZONE = '@ 60 IN SOA ns host 1 1 1 1 1\n@ 60 NS ns.example.\nwww 60 CNAME elsewhere.example.\n'

  test.each([
    ['the one whose data it is', 'whoami', 'whoami'],
    ['not those that pass on', 'loadbalance\n any\n whoami', 'whoami'],
    ['the server, where all passed on', 'any', ''],
    ['the server, where a plugin failed', 'template IN A { \n answer "{{ .Zone }} x"\n }', ''],
    ['nobody, where nothing was sent', 'erratic {\n drop 1\n }', ''],
  ])('%s', async (_, block, plugin) => {
    expect(await by(block)).toBe(plugin)
  })

  test('who asks anew for an alias, not who is asked', async () => {
    const block = 'file db example.org\n template IN A example {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }'
    expect(await by(block, 'www.example.org', { db: ZONE })).toBe('file')
  })
})

test('every block, server and view has its own figures', async () => {
  const { runtime, answer } = await metered(
    `
    example.org {
        ${LOOPBACK}
        view v6 {
            expr incidr(client_ip(), '2001:db8::/32')
        }
        whoami
    }
    example.org {
        ${LOOPBACK}
        whoami
    }
    tls://example.org {
        bind ::1
        whoami
    }`,
  )
  await answer('a.example.org', { peer: { address: '2001:db8::1' } })
  await answer('a.example.org')
  await answer('a.example.org', { port: 853, peer: { transport: 'tls' } })
  await answer('a.example.com', { port: 853, peer: { transport: 'tls' } })
  const families = await scrape(runtime)
  const count = (labels: Record<string, string>): number | undefined =>
    sampleValue(families, 'coredns_dns_requests_total', labels)
  expect(count({ zone: 'example.org.', view: 'v6', server: 'dns://127.0.0.1:1053' })).toBe(1)
  expect(count({ zone: 'example.org.', view: '', server: 'dns://127.0.0.1:1053' })).toBe(1)
  // That block has no prometheus; what comes to no block is counted all the same.
  expect(count({ zone: 'example.org.', server: 'tls://[::1]:853' })).toBeUndefined()
  expect(count({ zone: 'dropped', server: 'tls://[::1]:853', proto: 'tcp' })).toBe(1)
})

test('tells what is there', async () => {
  const { runtime } = await metered(`example.org example.net {\n ${LOOPBACK}\n whoami\n}`)
  const families = await scrape(runtime)
  expect(sampleValue(families, 'coredns_build_info')).toBe(1)
  expect(sampleValue(families, 'coredns_panics_total')).toBe(0)
  const enabled = families.get('coredns_plugin_enabled')!.samples
  const server = 'dns://127.0.0.1:1053'
  expect(enabled.map(({ labels }) => `${labels.get('zone')} ${labels.get('name')}`).sort()).toEqual([
    'example.net. bind',
    'example.net. prometheus',
    'example.net. whoami',
    'example.org. bind',
    'example.org. prometheus',
    'example.org. whoami',
  ])
  expect(enabled.every(({ labels, value }) => value === 1 && labels.get('server') === server)).toBe(true)
})

test('counts faults in the code', async () => {
  const runtime = new HttpRuntime()
  const { answer } = await rig(`. {\n ${LOOPBACK}\n errors\n stub\n}`, {
    runtime,
    stub: () => {
      throw new TypeError('undefined is not a function')
    },
  })
  expect((await answer('www.example.org')).rcode).toBe('SERVFAIL')
  expect(sampleValue(await scrape(runtime), 'coredns_panics_total')).toBe(1)
})

describe('over a reload', () => {
  test('counters go on, and plugins that are gone are not there', async () => {
    const runtime = new HttpRuntime()
    const before = await metered(`. {\n ${LOOPBACK}\n cache\n whoami\n}`, runtime)
    await before.answer('www.example.org')
    const after = await metered(`. {\n ${LOOPBACK}\n any\n whoami\n}`, runtime)
    await before.stop()
    await after.answer('www.example.org')
    const families = await scrape(runtime)
    expect(sampleValue(families, 'coredns_dns_responses_total', { plugin: 'whoami' })).toBe(2)
    const names = families.get('coredns_plugin_enabled')!.samples.map(({ labels }) => labels.get('name'))
    expect(names.sort()).toEqual(['any', 'bind', 'prometheus', 'whoami'])
  })
})

describe('the page', () => {
  test('passes the lint with everything on', async () => {
    const { runtime, answer } = await metered(`. {
      ${LOOPBACK}
      health 127.0.0.1:0
      reload
      acl {
          filter type MX
      }
      local
      dns64
      cache
      template IN AAAA example.org {
          rcode NOERROR
      }
      template IN A example.org {
          answer "{{ .Name }} 60 IN A 192.0.2.1"
      }
      hosts {
          192.0.2.2 host.example.net
          fallthrough
      }
      whoami
    }`)
    for (const question of ['a.example.org', 'a.example.org AAAA', 'host.example.net', 'x.localhost', 'a.example MX'])
      await answer(question, { peer: { address: '2001:db8::1' } })
    const families = await scrape(runtime)
    expect(lint(families)).toEqual([])
    expect(sampleValue(families, 'coredns_template_matches_total', { type: 'AAAA', zone: 'example.org.' })).toBe(1)
    expect(sampleValue(families, 'coredns_hosts_entries')).toBe(2)
    expect(sampleValue(families, 'coredns_local_localhost_requests_total')).toBe(1)
    expect(sampleValue(families, 'coredns_dns64_requests_translated_total')).toBe(1)
    expect(sampleValue(families, 'coredns_acl_allowed_requests_total')).toBe(4)
    expect(sampleValue(families, 'coredns_acl_filtered_requests_total', { zone: '.' })).toBe(1)
    expect(sampleValue(families, 'coredns_reload_failed_total')).toBe(0)
  })

  test('is for GET and HEAD, and for nobody else’s pages', async () => {
    const { runtime } = await metered(`. {\n ${LOOPBACK}\n whoami\n}`)
    const url = runtime.url('/metrics')
    expect((await get(url, { method: 'POST', body: 'x' })).status).toBe(405)
    expect(await get(url, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect((await get(url.replace('/metrics', '/'))).status).toBe(404)
    expect((await get(url)).headers.get('access-control-allow-origin')).toBeNull()
  })
})

test('template failures are told with the template', async () => {
  const template = '{{ .Name }} 60 IN A {{ .Zone }}'
  const { runtime, answer } = await metered(`. {\n ${LOOPBACK}\n template IN A {\n answer "${template}"\n }\n}`)
  await answer('www.example.org')
  const labels = { section: 'answer', template, type: 'A', class: 'IN', zone: '.' }
  const families = await scrape(runtime)
  expect(sampleValue(families, 'coredns_template_rr_failures_total', labels)).toBe(1)
  expect(sampleValue(families, 'coredns_panics_total')).toBe(0)
})

describe('DNS over HTTPS', () => {
  const fetchFrom = async (corefile: string): Promise<(path: string) => Promise<Response>> => {
    const { instance } = await rig(corefile, { name: 'workers' })
    const app = dohApp(instance.edge())
    return async (path) => app.request(`https://dns.example${path}`)
  }

  test('at the edge the page is beside DNS, and responses are counted', async () => {
    const ask = await fetchFrom('example.org {\n prometheus\n whoami\n}')
    expect((await ask('/resolve?name=example.org&type=A')).status).toBe(200)
    expect((await ask('/resolve?name=example.com&type=A')).status).toBe(200)
    expect((await ask('/resolve')).status).toBe(400)
    expect((await ask('/elsewhere')).status).toBe(404)
    const families = readMetrics(await (await ask('/metrics')).text())
    expect(lint(families)).toEqual([])
    const server = 'https://:443'
    const status = (code: string): number | undefined =>
      sampleValue(families, 'coredns_dns_https_responses_total', { server, status: code })
    expect([status('200'), status('400'), status('404')]).toEqual([2, 1, 1])
    const requests = { server, proto: 'tcp', type: 'A' }
    expect(sampleValue(families, 'coredns_dns_requests_total', { ...requests, zone: 'example.org.' })).toBe(1)
    expect(sampleValue(families, 'coredns_dns_requests_total', { ...requests, zone: 'dropped' })).toBe(1)
    expect(sampleValue(families, 'coredns_plugin_enabled', { server, name: 'whoami' })).toBe(1)
  })

  test('without the directive there is no page', async () => {
    const ask = await fetchFrom('example.org {\n whoami\n}')
    for (const path of ['/metrics', '/health', '/ready']) expect((await ask(path)).status).toBe(404)
  })
})

describe('takes', () => {
  test.each(['', 'localhost:9253', ':9153', '[::1]:9153', '127.0.0.1:', '{\n runtime_metrics\n}'])(
    '%s',
    async (text) => {
      expect(await faults(`. {\n prometheus ${text}\n whoami\n}`)).toBe('')
    },
  )

  test.each([
    ['9153', 'Corefile:2:13: prometheus: address must be an address and a port, such as localhost:8080, got "9153"'],
    [
      'localhost:x',
      'Corefile:2:13: prometheus: address must have a port of 0–65535 after the colon, got "localhost:x"',
    ],
    ['/foo:1', 'Corefile:2:13: prometheus: address must have an address or a name before the port, got "/foo:1"'],
  ])('not %s', async (text, fault) => {
    expect(await faults(`. {\n prometheus ${text}\n whoami\n}`)).toBe(fault)
  })
})

describe('durations', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  test('are in seconds', async () => {
    const runtime = new HttpRuntime()
    const { ask } = await metered(`. {\n ${LOOPBACK}\n erratic {\n drop 0\n delay 1 3s\n }\n}`, runtime)
    const asked = ask('www.example.org')
    await vi.advanceTimersByTimeAsync(3000)
    await asked
    vi.useRealTimers()
    const families = await scrape(runtime)
    expect(sampleValue(families, 'coredns_dns_request_duration_seconds_sum')).toBeCloseTo(3)
    expect(sampleValue(families, 'coredns_dns_request_duration_seconds_bucket', { le: '2.048' })).toBe(0)
    expect(sampleValue(families, 'coredns_dns_request_duration_seconds_bucket', { le: '4.096' })).toBe(1)
  })
})
