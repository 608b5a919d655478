import { expect, test } from 'vitest'
import { readTraceContext } from '../src/tracecontext.ts'

const T = '4bf92f3577b34da6a3ce929d0e0e4736'
const S = '00f067aa0ba902b7'

test.each<[Record<string, string>, string]>([
  [{ traceparent: `00-${T}-${S}-01` }, `${T} ${S} true`],
  [{ traceparent: `00-${T}-${S}-00` }, `${T} ${S} false`],
  // A later version may have more behind it; version ff is none (W3C Trace Context §4.3).
  [{ traceparent: `cc-${T}-${S}-01-what` }, `${T} ${S} true`],
  [{ traceparent: `ff-${T}-${S}-01` }, 'none'],
  [{ traceparent: `00-${'0'.repeat(32)}-${S}-01` }, 'none'],
  [{ traceparent: `00-${T}-${'0'.repeat(16)}-01` }, 'none'],
  [{ traceparent: `00-${T.toUpperCase()}-${S}-01` }, 'none'],
  [{ traceparent: 'nonsense', b3: `${T}-${S}` }, 'none'],
  [{ b3: `${T}-${S}-1` }, `${T} ${S} true`],
  [{ b3: `${T}-${S}-0-05e3ac9a4f6e3b90` }, `${T} ${S} false`],
  [{ b3: `${S}-${S}` }, `${S.padStart(32, '0')} ${S} true`],
  [{ b3: '0' }, 'none'],
  [{ 'x-b3-traceid': T.toUpperCase(), 'x-b3-spanid': S }, `${T} ${S} true`],
  [{ 'x-b3-traceid': T, 'x-b3-spanid': S, 'x-b3-sampled': '0' }, `${T} ${S} false`],
  [{ 'x-b3-traceid': T }, 'none'],
  [{}, 'none'],
])('%j is %s', (fields, expected) => {
  const found = readTraceContext((name) => fields[name])
  expect(found ? `${found.traceId} ${found.spanId} ${found.sampled}` : 'none').toBe(expected)
})
