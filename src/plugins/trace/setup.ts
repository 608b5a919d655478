import { ChainWatcher } from '../../capabilities.ts'
import { Complaint, optional, required, rest, type Use, type ValueType } from '../../corefile/spec.ts'
import { duration, integer, word } from '../../corefile/values.ts'
import { Metadata } from '../../metadata.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { noticesOf } from '../../runtime/runtime.ts'
import { FORMATS, type FormatName } from './formats.ts'
import { Reporter } from './reporter.ts'
import { ActiveTrace } from './span.ts'
import { Tracing } from './trace.ts'

/** CoreDNS's defaults. */
const SERVICE = 'coredns'
const MAX_BACKLOG = 1000
const BATCH_SIZE = 100
const INTERVAL = 1000
/** Longer timers fire at once. Milliseconds. */
const MAX_INTERVAL = 2 ** 31 - 1

/** As Go reads truth. */
const truth: ValueType<boolean> = {
  label: 'true|false',
  literal: true,
  parse(text) {
    if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true
    if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false
    throw new Complaint('must be true or false')
  },
}

const share: ValueType<number> = {
  label: '0–1',
  parse(text) {
    const value = Number(text)
    if (!/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !(value <= 1))
      throw new Complaint('must be a number from 0 to 1')
    return value
  },
}

/** A name and a value of an HTTP field (RFC 9110 §5.1, §5.5). */
const fieldName: ValueType<string> = {
  label: 'field name',
  parse(text) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(text)) throw new Complaint('must be the name of an HTTP field')
    return text.toLowerCase()
  },
}
const fieldValue: ValueType<string> = {
  label: 'field value',
  parse(text) {
    if (!/^[\x20-\x7e\t]*$/.test(text)) throw new Complaint('must be the value of an HTTP field')
    return text
  },
}

const directive = {
  args: [rest('endpoint', word)],
  properties: {
    every: { args: [required('amount', integer())] },
    service: { args: [required('name', word)] },
    client_server: { args: [optional('on', truth)] },
    datadog_analytics_rate: { args: [optional('rate', share)] },
    zipkin_max_backlog_size: { args: [required('size', integer())] },
    zipkin_max_batch_size: { args: [required('size', integer())] },
    zipkin_max_batch_interval: { args: [required('interval', duration)] },
    header: { args: [required('name', fieldName), required('value', fieldValue)], repeat: true },
  },
  once: true,
} as const

type TraceUse = Use<typeof directive>

/** `trace [ENDPOINT-TYPE] [ENDPOINT]`: queries on their way through the plugins, for Zipkin, OpenTelemetry or Datadog. */
export const plugin = definePlugin({
  name: 'trace',
  directive,
  setup([use], block) {
    const { type, url } = readEndpoint(use)
    warn(use, block, type, url)
    const reporter = new Reporter({
      url,
      format: FORMATS[type],
      settings: {
        service: use.get('service')?.args.name ?? SERVICE,
        analyticsRate: use.get('datadog_analytics_rate')?.args.rate ?? 0,
      },
      headers: Object.fromEntries(use.all('header').map(({ args }) => [args.name, args.value])),
      maxBacklog: use.get('zipkin_max_backlog_size')?.args.size || MAX_BACKLOG,
      batchSize: use.get('zipkin_max_batch_size')?.args.size || BATCH_SIZE,
      interval: Math.min(use.get('zipkin_max_batch_interval')?.args.interval || INTERVAL, MAX_INTERVAL),
      runtime: block.runtime,
      log: noticesOf(block.runtime),
    })
    const clientServer = use.get('client_server')
    const tracing = new Tracing({
      every: use.get('every')?.args.amount ?? 1,
      shared: clientServer !== undefined && (clientServer.args.on ?? true),
      reporter,
      metrics: block.metrics,
    })
    block.provide(ChainWatcher, (plugin, handler) => tracing.watch(plugin, handler))
    block.provide(Metadata, { name: 'trace/traceid', value: (query) => query.get(ActiveTrace)?.traceId ?? '' })
    return tracing
  },
})

const isType = (text: string): text is FormatName => Object.hasOwn(FORMATS, text)

/** One word is a type or, as with CoreDNS, where Zipkin is; of two, the first is the type. */
function readEndpoint(use: TraceUse): { type: FormatName; url: string } {
  const [first, second, surplus] = use.tokens
  if (surplus) throw use.error(`takes at most a type and an endpoint, got "${surplus.text}"`, surplus)
  const word = first?.text.toLowerCase() ?? ''
  if (isType(word)) return { type: word, url: urlOf(use, word, second) }
  if (second) throw use.error(`type must be ${Object.keys(FORMATS).join(', ')}, got "${first.text}"`, first)
  return { type: 'zipkin', url: urlOf(use, 'zipkin', first) }
}

function urlOf(use: TraceUse, type: FormatName, token: TraceUse['tokens'][number] | undefined): string {
  const { path, port } = FORMATS[type]
  const text = token?.text ?? `localhost:${port}`
  const full = /^https?:\/\//i.test(text) ? text : `http://${text}`
  const isBad = text === '' || /[\s#]/.test(text) || !URL.canParse(full) || /^[a-z][a-z0-9+.-]*:\/\/.*:\/\//i.test(full)
  if (isBad) throw use.error(`endpoint must be HOST:PORT or a URL of http or https, got "${text}"`, token)
  const url = new URL(full)
  // Datadog's agent has its port by itself.
  if (type === 'datadog' && url.port === '' && !/^https?:\/\//i.test(text)) url.port = `${port}`
  if (url.pathname === '/') url.pathname = path
  return url.href
}

function warn(use: TraceUse, block: Block, type: FormatName, url: string): void {
  const rate = use.get('datadog_analytics_rate')
  if (rate && type !== 'datadog') block.warn('trace: datadog_analytics_rate is for datadog alone', rate.at)
  const { hostname } = new URL(url)
  if (block.runtime.name === 'workers' && /^(localhost|127\..*|\[::1\])$/.test(hostname))
    block.warn(`trace: a deployed Worker does not reach ${hostname}: name a collector that it can`, use.at)
}
