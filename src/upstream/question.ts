import type { Edns, EdnsOption } from '../dns/edns.ts'
import { writeQuery } from '../dns/message.ts'
import type { Name } from '../dns/name.ts'

/** What an upstream is asked. */
export interface Question {
  readonly name: Name
  readonly type: number
  readonly class: number
  /** RD, AD and CD (see FLAG). */
  readonly flags: number
  readonly dnssecOk: boolean
  readonly options: readonly EdnsOption[]
}

/** The UDP size that we announce: fits any path of today without fragments (DNS Flag Day 2020). */
const UDP_SIZE = 1232
const NO_OPTIONS: readonly EdnsOption[] = []

const PLAIN: Edns = { version: 0, udpSize: UDP_SIZE, dnssecOk: false, options: NO_OPTIONS }
const DNSSEC_OK: Edns = { ...PLAIN, dnssecOk: true }

/** The question as a message of its own, id 0. Without EDNS for upstreams that do not know it (RFC 6891 §7). */
export function questionWire(question: Question, withEdns: boolean): Uint8Array {
  const { name, type, class: rclass, flags, dnssecOk, options } = question
  return writeQuery({ id: 0, flags, name, type, class: rclass, edns: withEdns ? edns(dnssecOk, options) : undefined })
}

function edns(dnssecOk: boolean, options: readonly EdnsOption[]): Edns {
  const common = dnssecOk ? DNSSEC_OK : PLAIN
  return options.length === 0 ? common : { ...common, options }
}
