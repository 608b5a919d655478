/** The trace that a client's request is part of, as HTTP fields tell (W3C Trace Context, and Zipkin's B3). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** The client's span: 16 hexadecimal digits. */
  readonly spanId: string
  /** False where the client has decided that nobody shall trace this. */
  readonly sampled: boolean
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
const B3 = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?$/i

/** Reads the fields of a request; undefined where none of them is there, or right. */
export function readTraceContext(field: (name: string) => string | undefined): TraceContext | undefined {
  const traceparent = field('traceparent')
  if (traceparent !== undefined) {
    const parts = TRACEPARENT.exec(traceparent.trim())
    return parts ? context(parts[1], parts[2], (Number.parseInt(parts[3], 16) & 1) === 1) : undefined
  }
  const b3 = field('b3')
  if (b3 !== undefined) {
    const parts = B3.exec(b3.trim())
    return parts ? context(parts[1], parts[2], parts[3] !== '0') : undefined
  }
  const traceId = field('x-b3-traceid')
  const parts = traceId === undefined ? null : B3.exec(`${traceId.trim()}-${field('x-b3-spanid')?.trim()}`)
  return parts ? context(parts[1], parts[2], !/^(0|false)$/i.test(field('x-b3-sampled') ?? '1')) : undefined
}

/** Ids of zeros alone are none. */
function context(traceId: string, spanId: string, sampled: boolean): TraceContext | undefined {
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId: traceId.toLowerCase().padStart(32, '0'), spanId: spanId.toLowerCase(), sampled }
}
