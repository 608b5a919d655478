import { FLAG, OPCODE, RCODE, TYPE } from './constants.ts'
import type { Edns } from './edns.ts'
import { WireError } from './error.ts'
import { HEADER, u16 } from './header.ts'
import { MAX_LABEL, MAX_NAME, type Name } from './name.ts'
import { readOpt } from './opt.ts'
import { skipName } from './wirename.ts'

/** What a query message asks. */
export interface Question {
  readonly id: number
  readonly flags: number
  readonly name: Name
  readonly type: number
  readonly class: number
  readonly edns: Edns | undefined
}

/** Returned in place of a question: the message is not to be answered at all. */
export const UNANSWERABLE = -1

/**
 * Reads a query as a server must: the question and the OPT record, nothing else. Returns UNANSWERABLE for what gets no
 * answer (no full header, or itself a response), an RCODE for what is no query that can be read, and the question
 * otherwise. Octets behind the last record do not matter, as with BIND, NSD and CoreDNS.
 */
export function readQuestion(message: Uint8Array): Question | number {
  if (message.length < HEADER) return UNANSWERABLE
  const flags = u16(message, 2)
  if (flags & FLAG.QR) return UNANSWERABLE
  if (opcodeOf(flags) !== OPCODE.QUERY) return RCODE.NOTIMP
  // One question, or FORMERR: RFC 9619.
  if (u16(message, 4) !== 1) return RCODE.FORMERR
  const nameEnd = skipLabels(message, HEADER)
  if (nameEnd === 0 || nameEnd + 4 > message.length) return RCODE.FORMERR
  const name = new Uint8Array(nameEnd - HEADER)
  for (let i = 0; i < name.length; i++) name[i] = message[HEADER + i]
  let edns: Edns | undefined
  if (u16(message, 6) + u16(message, 8) + u16(message, 10) > 0) {
    try {
      edns = findOpt(message, nameEnd + 4)
    } catch (error) {
      if (error instanceof WireError) return RCODE.FORMERR
      throw error
    }
  }
  return { id: u16(message, 0), flags, name, type: u16(message, nameEnd), class: u16(message, nameEnd + 2), edns }
}

/** Where the question of a query ends; HEADER where there is none that can be read. */
export function questionEnd(message: Uint8Array): number {
  if (opcodeOf(u16(message, 2)) !== OPCODE.QUERY || u16(message, 4) !== 1) return HEADER
  const nameEnd = skipLabels(message, HEADER)
  return nameEnd === 0 || nameEnd + 4 > message.length ? HEADER : nameEnd + 4
}

/** The OPT record of any message, however many questions it has; undefined where there is none that can be read. */
export function findEdns(message: Uint8Array): Edns | undefined {
  try {
    let at = HEADER
    for (let questions = u16(message, 4); questions > 0; questions--) at = skipName(message, at) + 4
    return findOpt(message, at)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

const opcodeOf = (flags: number): number => (flags >> 11) & 15

/** Where the uncompressed name at `at` ends; 0 where it is no such name. */
function skipLabels(message: Uint8Array, at: number): number {
  const limit = Math.min(message.length, at + MAX_NAME)
  while (at < limit) {
    const length = message[at]
    if (length === 0) return at + 1
    if (length > MAX_LABEL) return 0
    at += length + 1
  }
  return 0
}

/** Walks over all records for the OPT record, of which there may be one, in the additional section (RFC 6891 §6.1.1). */
function findOpt(message: Uint8Array, at: number): Edns | undefined {
  let edns: Edns | undefined
  const beforeAdditional = u16(message, 6) + u16(message, 8)
  const records = beforeAdditional + u16(message, 10)
  for (let i = 0; i < records; i++) {
    const typeAt = skipName(message, at)
    const end = typeAt + 10 + u16(message, typeAt + 8)
    if (end > message.length) throw new WireError('record runs past the message')
    if (u16(message, typeAt) === TYPE.OPT) {
      if (edns || message[at] !== 0 || i < beforeAdditional) throw new WireError('misplaced OPT record')
      edns = readOpt(message, typeAt)
    }
    at = end
  }
  return edns
}
