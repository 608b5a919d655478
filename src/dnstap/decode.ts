import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { addressText } from '../address.ts'

/** A Dnstap message as it was read. What the sender left out is undefined. */
export interface TapRecord {
  readonly identity?: string
  readonly version?: string
  readonly extra?: string
  /** `CLIENT_QUERY`, `FORWARDER_RESPONSE` …, or a number that has no name here. */
  readonly type: string
  readonly protocol?: string
  readonly queryAddress?: string
  readonly responseAddress?: string
  readonly queryPort?: number
  readonly responsePort?: number
  /** Milliseconds since 1970. */
  readonly queryTime?: number
  readonly responseTime?: number
  readonly queryMessage?: Uint8Array
  readonly responseMessage?: Uint8Array
}

/** From dnstap.proto; the numbers are the places, from 1. */
const TYPES = ['AUTH', 'RESOLVER', 'CLIENT', 'FORWARDER', 'STUB', 'TOOL', 'UPDATE'].flatMap((side) => [
  `${side}_QUERY`,
  `${side}_RESPONSE`,
])
const PROTOCOLS = ['UDP', 'TCP', 'DOT', 'DOH', 'DNSCryptUDP', 'DNSCryptTCP', 'DOQ']

type Fields = Map<number, number | Uint8Array>

/** Reads a frame's payload. Throws an Error where it is no protobuf message. */
export function decodeTap(bytes: Uint8Array): TapRecord {
  const outer = readFields(bytes)
  const message = outer.get(14)
  const fields: Fields = message instanceof Uint8Array ? readFields(message) : new Map()
  return {
    identity: text(outer.get(1)),
    version: text(outer.get(2)),
    extra: text(outer.get(3)),
    type: named(TYPES, fields.get(1)) ?? '?',
    protocol: named(PROTOCOLS, fields.get(3)),
    queryAddress: address(fields.get(4)),
    responseAddress: address(fields.get(5)),
    queryPort: number(fields.get(6)),
    responsePort: number(fields.get(7)),
    queryTime: time(fields.get(8), fields.get(9)),
    responseTime: time(fields.get(12), fields.get(13)),
    queryMessage: octets(fields.get(10)),
    responseMessage: octets(fields.get(14)),
  }
}

/** Fields by number; of a repeated one the last counts, as protobuf has it. */
function readFields(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes)
  const fields: Fields = new Map()
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (type === WireType.Varint) fields.set(field, Number(reader.uint64()))
    else if (type === WireType.LengthDelimited) fields.set(field, reader.bytes())
    else if (type === WireType.Bit32) fields.set(field, reader.fixed32())
    else reader.skip(type, field)
  }
  return fields
}

type Value = number | Uint8Array | undefined

const octets = (value: Value): Uint8Array | undefined => (value instanceof Uint8Array ? value : undefined)

const number = (value: Value): number | undefined => (typeof value === 'number' ? value : undefined)

const text = (value: Value): string | undefined =>
  value instanceof Uint8Array ? new TextDecoder().decode(value) : undefined

const named = (names: readonly string[], value: Value): string | undefined =>
  typeof value === 'number' ? (names[value - 1] ?? `${value}`) : undefined

function address(value: Value): string | undefined {
  return value instanceof Uint8Array && (value.length === 4 || value.length === 16) ? addressText(value) : undefined
}

const time = (seconds: Value, nanoseconds: Value): number | undefined =>
  typeof seconds === 'number' ? seconds * 1000 + (number(nanoseconds) ?? 0) / 1e6 : undefined
