import { type Cidr, cidrOf, parseAddress, parseCidr } from './address.ts'
import { type EdnsOption, OPTION } from './dns/edns.ts'

/** Network prefixes where an address alone is named (RFC 7871 §11.1). */
const SUBNET_V4 = 24
const SUBNET_V6 = 56

/**
 * The client subnet option (RFC 7871 §6) for `192.0.2.0/24` or an address; undefined where the text is none. `0.0.0.0/0` asks
 * that no subnet be passed on.
 */
export function parseClientSubnet(text: string): EdnsOption | undefined {
  const network = parseCidr(text) ?? networkOf(text)
  if (!network) return undefined
  const { address, prefix } = network
  const family = address.length === 4 ? 1 : 2
  const octets = address.subarray(0, Math.ceil(prefix / 8))
  return { code: OPTION.ECS, data: Uint8Array.of(0, family, prefix, 0, ...octets) }
}

function networkOf(text: string): Cidr | undefined {
  const address = parseAddress(text)
  return address && cidrOf(address, address.length === 4 ? SUBNET_V4 : SUBNET_V6)
}
