import { type EdnsOption, OPTION } from '../../dns/edns.ts'
import type { Name } from '../../dns/name.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

/** A client's network as an EDNS client subnet option tells it (RFC 7871 §6). */
export interface Subnet {
  /** 1 is IPv4, 2 IPv6. */
  readonly family: number
  /** Bits of the address that are told. */
  readonly source: number
  /** Bits for which an answer holds; 0 in queries. */
  readonly scope: number
  readonly address: Uint8Array
}

export function subnetOf(from: Query | Reply): Subnet | undefined {
  const options = 'options' in from ? from.options : from.edns?.options
  const option = options?.find(({ code }) => code === OPTION.ECS)
  return option && readSubnet(option)
}

function readSubnet({ data }: EdnsOption): Subnet | undefined {
  if (data.length < 4) return undefined
  const family = (data[0] << 8) | data[1]
  const [source, scope] = [data[2], data[3]]
  const bits = family === 1 ? 32 : family === 2 ? 128 : 0
  if (source > bits || scope > bits || data.length !== 4 + Math.ceil(source / 8)) return undefined
  return { family, source, scope, address: data.subarray(4) }
}

/** The option that tells a client for which network its answer holds (RFC 7871 §7.2.2). */
export function subnetOption({ family, source, address }: Subnet, scope: number): EdnsOption {
  return { code: OPTION.ECS, data: Uint8Array.of(family >> 8, family, source, scope, ...address) }
}

/**
 * The first `length` bits of the client's network behind a name, as a key of its own. Half an octet each, since names are
 * compared without regard to case: octets that are letters would be.
 */
export function scopedName(name: Name, { family, address }: Subnet, length: number): Name {
  const digits = Math.ceil(length / 4)
  const key = new Uint8Array(name.length + 3 + digits)
  key.set(name)
  key.set([family, length >> 4, length & 15], name.length)
  for (let i = 0; i < digits; i++) {
    const octet = address[i >> 1] ?? 0
    const digit = i % 2 === 0 ? octet >> 4 : octet & 15
    const bits = Math.min(4, length - 4 * i)
    key[name.length + 3 + i] = digit & (0xf0 >> bits)
  }
  return key
}
