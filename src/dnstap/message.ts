/**
 * dnstap's messages (dnstap.proto) in protobuf's encoding. Written by hand and into memory that is there: a query under load
 * makes two of them. What reads them (decode.ts) is another's work, so that a mistake here shows.
 */

/** Message.Type: on which of a query's ways it was seen. */
export const TAP_TYPE = { CLIENT_QUERY: 5, CLIENT_RESPONSE: 6, FORWARDER_QUERY: 7, FORWARDER_RESPONSE: 8 } as const

/** SocketProtocol, by transport. */
export const SOCKET_PROTOCOL = { udp: 1, tcp: 2, tls: 3, https: 4 } as const

/** SocketFamily: IPv4 and IPv6. */
const INET = 1
const INET6 = 2

/** One message. Addresses are 4 or 16 octets, times milliseconds since 1970; 0 and undefined are left out. */
export interface TapMessage {
  type: number
  protocol: number
  queryAddress: Uint8Array | undefined
  responseAddress: Uint8Array | undefined
  queryPort: number
  responsePort: number
  queryTime: number
  responseTime: number
  queryMessage: Uint8Array | undefined
  responseMessage: Uint8Array | undefined
}

/** Numbers of fields, with the wire type in the lower three bits: 0 varint, 2 length and octets, 5 four octets. */
const DNSTAP = { IDENTITY: 0x0a, VERSION: 0x12, EXTRA: 0x1a, MESSAGE: 0x72, TYPE: 0x78 }
const FIELD = {
  TYPE: 0x08,
  SOCKET_FAMILY: 0x10,
  SOCKET_PROTOCOL: 0x18,
  QUERY_ADDRESS: 0x22,
  RESPONSE_ADDRESS: 0x2a,
  QUERY_PORT: 0x30,
  RESPONSE_PORT: 0x38,
  QUERY_TIME_SEC: 0x40,
  QUERY_TIME_NSEC: 0x4d,
  QUERY_MESSAGE: 0x52,
  RESPONSE_TIME_SEC: 0x60,
  RESPONSE_TIME_NSEC: 0x6d,
  RESPONSE_MESSAGE: 0x72,
}

const NONE = new Uint8Array(0)
/** Of each message: its type and its protocol. */
const FIXED = 4

/** Writes messages as data frames of a stream: their length in 32 bits, and a Dnstap message. */
export class TapEncoder {
  /** What is the same in all of them: identity, version, and that it is a message (Dnstap.Type MESSAGE). */
  readonly #common: Uint8Array
  /** Of the message last measured. */
  #length = 0
  #extra: Uint8Array = NONE
  #out: Uint8Array = NONE
  #at = 0

  constructor(identity: Uint8Array, version: Uint8Array) {
    const common = new Uint8Array(octetsSize(identity) + octetsSize(version) + 2)
    this.#begin(common, 0)
    this.#octets(DNSTAP.IDENTITY, identity)
    this.#octets(DNSTAP.VERSION, version)
    this.#varint(DNSTAP.TYPE, 1)
    this.#common = common
  }

  /** How many octets the frame will have. */
  measure(message: TapMessage, extra: Uint8Array = NONE): number {
    this.#length = messageSize(message)
    this.#extra = extra
    return 4 + this.#dnstapSize()
  }

  /** Writes the message that was measured last. */
  write(message: TapMessage, out: Uint8Array, at: number): void {
    this.#begin(out, at)
    this.#fixed32(this.#dnstapSize(), false)
    out.set(this.#common, this.#at)
    this.#at += this.#common.length
    if (this.#extra.length > 0) this.#octets(DNSTAP.EXTRA, this.#extra)
    this.#varint(DNSTAP.MESSAGE, this.#length)
    this.#message(message)
    this.#out = NONE
    this.#extra = NONE
  }

  #dnstapSize(): number {
    const extra = this.#extra.length > 0 ? octetsSize(this.#extra) : 0
    return this.#common.length + extra + 1 + varintSize(this.#length) + this.#length
  }

  #begin(out: Uint8Array, at: number): void {
    this.#out = out
    this.#at = at
  }

  #message(message: TapMessage): void {
    const { queryAddress, responseAddress, queryPort, responsePort, queryTime, responseTime } = message
    this.#varint(FIELD.TYPE, message.type)
    const address = queryAddress ?? responseAddress
    if (address) this.#varint(FIELD.SOCKET_FAMILY, address.length === 4 ? INET : INET6)
    this.#varint(FIELD.SOCKET_PROTOCOL, message.protocol)
    if (queryAddress) this.#octets(FIELD.QUERY_ADDRESS, queryAddress)
    if (responseAddress) this.#octets(FIELD.RESPONSE_ADDRESS, responseAddress)
    if (queryPort > 0) this.#varint(FIELD.QUERY_PORT, queryPort)
    if (responsePort > 0) this.#varint(FIELD.RESPONSE_PORT, responsePort)
    if (queryTime > 0) this.#time(FIELD.QUERY_TIME_SEC, FIELD.QUERY_TIME_NSEC, queryTime)
    if (message.queryMessage) this.#octets(FIELD.QUERY_MESSAGE, message.queryMessage)
    if (responseTime > 0) this.#time(FIELD.RESPONSE_TIME_SEC, FIELD.RESPONSE_TIME_NSEC, responseTime)
    if (message.responseMessage) this.#octets(FIELD.RESPONSE_MESSAGE, message.responseMessage)
  }

  #time(secondsField: number, nanosecondsField: number, time: number): void {
    const seconds = Math.floor(time / 1000)
    this.#varint(secondsField, seconds)
    this.#out[this.#at++] = nanosecondsField
    // A double holds today's milliseconds to a quarter of a microsecond.
    this.#fixed32(Math.floor((time - seconds * 1000) * 1000) * 1000, true)
  }

  /** Four octets, the least significant first where so wanted: protobuf's order; Frame Streams has the other. */
  #fixed32(value: number, littleEndian: boolean): void {
    const out = this.#out
    for (let i = 0; i < 4; i++) out[this.#at++] = value >>> (littleEndian ? 8 * i : 24 - 8 * i)
  }

  #octets(field: number, value: Uint8Array): void {
    this.#varint(field, value.length)
    this.#out.set(value, this.#at)
    this.#at += value.length
  }

  #varint(field: number, value: number): void {
    const out = this.#out
    out[this.#at++] = field
    let rest = value
    // Seconds have more than 31 bits one day: no bit operations on what is large.
    while (rest >= 0x80) {
      out[this.#at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    out[this.#at++] = rest
  }
}

function messageSize(message: TapMessage): number {
  const { queryAddress, responseAddress, queryPort, responsePort, queryTime, responseTime } = message
  let size = FIXED
  if (queryAddress ?? responseAddress) size += 2
  if (queryAddress) size += octetsSize(queryAddress)
  if (responseAddress) size += octetsSize(responseAddress)
  if (queryPort > 0) size += 1 + varintSize(queryPort)
  if (responsePort > 0) size += 1 + varintSize(responsePort)
  if (queryTime > 0) size += timeSize(queryTime)
  if (message.queryMessage) size += octetsSize(message.queryMessage)
  if (responseTime > 0) size += timeSize(responseTime)
  if (message.responseMessage) size += octetsSize(message.responseMessage)
  return size
}

const octetsSize = ({ length }: Uint8Array): number => 1 + varintSize(length) + length

const timeSize = (time: number): number => 1 + varintSize(Math.floor(time / 1000)) + 5

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}
