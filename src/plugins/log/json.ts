import { CLASS } from '../../dns/constants.ts'
import { foldedText } from '../../dns/name.ts'
import { className, rcodeName, typeName } from '../../dns/rdata/registry.ts'
import { bufferSize, type Entry, flags } from '../../lineformat.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import { classify, typify } from '../../response.ts'

/** A metadata label that becomes a member of each line. */
export interface JsonLabel {
  readonly name: string
  /** Undefined where no plugin has such a label. */
  readonly value: ((query: Query, reply?: Reply) => string) | undefined
}

/**
 * A line of JSON (RFC 8259). Members have the names of the placeholders; what is not known is null. `now`: milliseconds
 * since 1970.
 */
export function jsonLine({ query, reply, size, duration }: Entry, labels: readonly JsonLabel[], now: number): string {
  const { peer } = query
  const sent = reply === undefined || reply === DROPPED ? undefined : reply
  const type = reply && typify(query, reply)
  const line: Record<string, unknown> = {
    time: new Date(now).toISOString(),
    remote: peer.address,
    port: peer.port,
    local: peer.localAddress,
    proto: peer.transport,
    id: query.id,
    opcode: query.opcode,
    name: foldedText(query.name),
    type: typeName(query.type),
    class: query.class === CLASS.IN ? 'IN' : className(query.class),
    size: query.size,
    do: query.dnssecOk,
    bufsize: bufferSize(query),
    rcode: sent ? rcodeName(sent.rcode) : null,
    rflags: sent ? flags(query, sent).split(',') : null,
    rsize: size,
    duration: Math.round(duration * 1000) / 1_000_000,
    'log/class': type ? classify(type) : null,
    'log/type': type ?? null,
  }
  for (const { name, value } of labels) line[name] = value?.(query, reply) || null
  return JSON.stringify(line)
}
