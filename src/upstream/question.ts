import type { Edns, EdnsOption } from '../dns/edns.ts'
import { MAX_MESSAGE } from '../dns/framing.ts'
import { HEADER } from '../dns/header.ts'
import { writeQuery } from '../dns/message.ts'
import type { Name } from '../dns/name.ts'
import { optLength, padding, paddingFor } from '../dns/opt.ts'

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

/** What clients pad queries to (RFC 8467 §4.1). */
const PADDING_BLOCK = 128

/**
 * The question as a message of its own, id 0. Without EDNS for upstreams that do not know it (RFC 6891 §7). `pads`: its size
 * is to tell nothing of the name, which has a meaning where nobody can read it.
 */
export function questionWire(question: Question, withEdns: boolean, pads: boolean): Uint8Array {
  const { name, type, class: rclass, flags, dnssecOk } = question
  const options = pads ? padded(question) : question.options
  return writeQuery({ id: 0, flags, name, type, class: rclass, edns: withEdns ? edns(dnssecOk, options) : undefined })
}

function padded({ name, options }: Question): readonly EdnsOption[] {
  const octets = paddingFor(HEADER + name.length + 4 + optLength(options), PADDING_BLOCK, MAX_MESSAGE)
  return octets < 0 ? options : [...options, padding(octets)]
}

function edns(dnssecOk: boolean, options: readonly EdnsOption[]): Edns {
  const common = dnssecOk ? DNSSEC_OK : PLAIN
  return options.length === 0 ? common : { ...common, options }
}
