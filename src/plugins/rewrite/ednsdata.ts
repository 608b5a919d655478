import { cidrOf, isIPv4, parseAddress, unmapAddress } from '../../address.ts'
import { Complaint } from '../../corefile/spec.ts'
import { nameText } from '../../dns/name.ts'
import { isLabel, type MetadataLabel } from '../../metadata.ts'
import type { Query } from '../../query.ts'

/** What an option is filled with for a query; undefined: it cannot be told, and the rule does nothing. */
export type OptionData = (query: Query) => Uint8Array | undefined

type FindLabel = (name: string) => MetadataLabel['value'] | undefined

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255)
const addressOf = (text: string): Uint8Array | undefined => {
  const address = parseAddress(text)
  return address && unmapAddress(address)
}

const VARIABLES: { readonly [name: string]: OptionData } = {
  qname: (query) => utf8(nameText(query.name)),
  qtype: (query) => u16(query.type),
  client_ip: ({ peer }) => addressOf(peer.address),
  client_port: ({ peer }) => u16(peer.port),
  protocol: ({ peer }) => utf8(peer.transport === 'udp' ? 'udp' : 'tcp'),
  server_ip: ({ peer }) => addressOf(peer.localAddress),
  server_port: ({ peer }) => u16(peer.localPort),
}

/** `0x616263`, `{client_ip}`, `{plugin/label}`, or any text as it is. Throws a Complaint. */
export function localData(text: string, findLabel: FindLabel): OptionData {
  const variable = /^\{(.*)\}$/s.exec(text)?.[1]
  if (variable !== undefined) return variableData(variable, findLabel)
  const octets = text.startsWith('0x') ? fromHex(text.slice(2)) : utf8(text)
  return () => octets
}

function variableData(name: string, findLabel: FindLabel): OptionData {
  if (Object.hasOwn(VARIABLES, name)) return VARIABLES[name]
  if (!isLabel(name)) throw new Complaint(`has no such variable; there are ${Object.keys(VARIABLES).join(', ')}`)
  return (query) => {
    const value = findLabel(name)?.(query)
    return value ? utf8(value) : undefined
  }
}

function fromHex(digits: string): Uint8Array {
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits))
    throw new Complaint('must be pairs of hexadecimal digits')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/** The client's network (RFC 7871 §6): family, source and scope prefix, and as many octets as the prefix needs. */
export function subnetData(v4Bits: number, v6Bits: number): OptionData {
  return ({ peer }) => {
    const address = addressOf(peer.address)
    if (!address) return undefined
    const bits = isIPv4(address) ? v4Bits : v6Bits
    const network = cidrOf(address, bits).address.subarray(0, Math.ceil(bits / 8))
    return Uint8Array.of(0, isIPv4(address) ? 1 : 2, bits, 0, ...network)
  }
}
