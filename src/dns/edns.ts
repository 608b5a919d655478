import { u16 } from './header.ts'

/** EDNS(0) as a reader of RFC 6891 sees it. */

/** One option of an OPT record (RFC 6891 §6.1.2). */
export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

/** What a query's OPT record said. */
export interface Edns {
  readonly version: number
  /** The sender's UDP payload size in octets; values under 512 count as 512 (RFC 6891 §6.2.3). */
  readonly udpSize: number
  /** The DO bit (RFC 3225). */
  readonly dnssecOk: boolean
  readonly options: readonly EdnsOption[]
}

/** Option codes of the IANA registry that coredge knows by name. */
export const OPTION = { NSID: 3, ECS: 8, EXPIRE: 9, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, EDE: 15 } as const

/** Extended DNS errors (RFC 8914 §4 and the IANA registry). */
export const EDE = {
  OTHER: 0,
  STALE_ANSWER: 3,
  FORGED_ANSWER: 4,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  BLOCKED: 15,
  FILTERED: 17,
  PROHIBITED: 18,
  STALE_NXDOMAIN: 19,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
  INVALID_DATA: 24,
  INVALID_QUERY_TYPE: 30,
  SYNTHESIZED: 29,
} as const

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** An extended DNS error as an option (RFC 8914 §2). `text` is for people. */
export function extendedError(code: number, text = ''): EdnsOption {
  const utf8 = encoder.encode(text)
  const data = new Uint8Array(2 + utf8.length)
  data[0] = code >> 8
  data[1] = code & 255
  data.set(utf8, 2)
  return { code: OPTION.EDE, data }
}

/** Reads an extended DNS error back; undefined when the option is another or too short. */
export function readExtendedError(option: EdnsOption): { code: number; text: string } | undefined {
  if (option.code !== OPTION.EDE || option.data.length < 2) return undefined
  return { code: u16(option.data, 0), text: decoder.decode(option.data.subarray(2)) }
}
