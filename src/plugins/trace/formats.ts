import { parseAddress } from '../../address.ts'
import { VERSION } from '../../version.ts'
import type { Span } from './span.ts'

/** How a kind of collector wants its spans. */
export interface Format {
  readonly method: 'POST' | 'PUT'
  /** Where spans go at a collector whose address has no path. */
  readonly path: string
  readonly port: number
  body(spans: readonly Span[], settings: FormatSettings): string
  /** Fields of the request besides its content type. */
  headers?(spans: readonly Span[]): Readonly<Record<string, string>>
}

export interface FormatSettings {
  readonly service: string
  /** Of Datadog's trace analytics, 0 to 1. */
  readonly analyticsRate: number
}

/** Zipkin's API v2: a list of spans. Times are whole microseconds. */
const zipkin: Format = {
  method: 'POST',
  path: '/api/v2/spans',
  port: 9411,
  body: (spans, { service }) =>
    JSON.stringify(
      spans.map((span) => ({
        traceId: span.traceId,
        id: span.id,
        parentId: span.parentId,
        name: span.name,
        kind: span.isServer ? 'SERVER' : undefined,
        shared: span.isShared || undefined,
        timestamp: Math.floor(span.start * 1000),
        duration: Math.max(1, Math.round(span.duration * 1000)),
        localEndpoint: { serviceName: service, ...endpoint(span.peer.localAddress, span.peer.localPort) },
        remoteEndpoint: span.isServer ? endpoint(span.peer.address, span.peer.port) : undefined,
        tags: span.error === undefined ? span.tags : { ...span.tags, error: span.error },
      })),
    ),
}

function endpoint(address: string, port: number): Readonly<Record<string, string | number>> {
  const octets = parseAddress(address)
  return { ...(octets && { [octets.length === 4 ? 'ipv4' : 'ipv6']: address }), ...(port > 0 && { port }) }
}

const KIND = { INTERNAL: 1, SERVER: 2 }
const STATUS_ERROR = 2

/** OpenTelemetry's protocol over HTTP in JSON: ids in hexadecimal, numbers of 64 bits as text. */
const otlp: Format = {
  method: 'POST',
  path: '/v1/traces',
  port: 4318,
  body: (spans, { service }) =>
    JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [attribute('service.name', service), attribute('service.version', VERSION)] },
          scopeSpans: [{ scope: { name: 'coredge', version: VERSION }, spans: spans.map(otlpSpan) }],
        },
      ],
    }),
}

function otlpSpan(span: Span): object {
  const { peer, isServer } = span
  const network = [
    attribute('client.address', peer.address),
    attribute('client.port', peer.port),
    attribute('server.address', peer.localAddress),
    attribute('server.port', peer.localPort),
  ]
  return {
    traceId: span.traceId,
    spanId: span.id,
    parentSpanId: span.parentId,
    name: span.name,
    kind: isServer ? KIND.SERVER : KIND.INTERNAL,
    startTimeUnixNano: nanoseconds(span.start),
    endTimeUnixNano: nanoseconds(span.start + span.duration),
    attributes: [
      ...Object.entries(span.tags).map(([key, value]) => attribute(key, value)),
      ...(isServer ? network : []),
    ],
    status: span.error === undefined ? undefined : { code: STATUS_ERROR, message: span.error },
  }
}

const attribute = (key: string, value: string | number): object => ({
  key,
  value: typeof value === 'number' ? { intValue: `${value}` } : { stringValue: value },
})

/** Milliseconds as nanoseconds: more digits than a number has, so as text. To a microsecond. */
const nanoseconds = (milliseconds: number): string => `${Math.floor(milliseconds * 1000)}000`

/** The API of Datadog's agent, version 0.4: a list of traces, each a list of spans. */
const datadog: Format = {
  method: 'PUT',
  path: '/v0.4/traces',
  port: 8126,
  headers: (spans) => ({
    'x-datadog-trace-count': `${tracesOf(spans).length}`,
    'datadog-meta-lang': 'javascript',
    'datadog-meta-tracer-version': VERSION,
  }),
  body: (spans, settings) => {
    const traces = tracesOf(spans).map((trace) => `[${trace.map((span) => datadogSpan(span, settings)).join()}]`)
    return `[${traces.join()}]`
  },
}

const tracesOf = (spans: readonly Span[]): Span[][] => [...Map.groupBy(spans, ({ traceId }) => traceId).values()]

/** Its ids are numbers of 64 bits, which JSON.stringify cannot write. */
function datadogSpan(span: Span, { service, analyticsRate }: FormatSettings): string {
  const rest = {
    name: span.isServer ? span.name : 'plugin',
    resource: span.isServer ? (span.tags['coredns.io/name'] ?? span.name) : span.name,
    service,
    type: 'dns',
    error: span.error === undefined ? 0 : 1,
    meta: {
      ...Object.fromEntries(Object.entries(span.tags).map(([key, value]) => [key.replace('/', '@'), value])),
      ...(span.error !== undefined && { 'error.message': span.error, 'error.type': 'dns_error' }),
    },
    metrics: span.isServer && analyticsRate > 0 ? { '_dd1.sr.eausr': analyticsRate } : {},
  }
  const numbers = [
    `"trace_id":${BigInt(`0x${span.traceId.slice(16)}`)}`,
    `"span_id":${BigInt(`0x${span.id}`)}`,
    `"parent_id":${span.parentId === undefined ? 0 : BigInt(`0x${span.parentId}`)}`,
    `"start":${nanoseconds(span.start)}`,
    `"duration":${Math.max(1, Math.round(span.duration * 1e6))}`,
  ]
  return `{${numbers.join()},${JSON.stringify(rest).slice(1)}`
}

export const FORMATS = { zipkin, datadog, otlp } as const
export type FormatName = keyof typeof FORMATS
