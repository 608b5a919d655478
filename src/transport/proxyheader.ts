import { addressText, parseAddress, unmapAddress } from '../address.ts'
import { u16 } from '../dns/header.ts'
import type { ProxiedClient } from './peer.ts'

/** Headers of the PROXY protocol, versions 1 and 2 (HAProxy, "The PROXY protocol", §2). */
export interface ProxyHeader {
  readonly version: 1 | 2
  /** Octets, the header's own. */
  readonly length: number
  /** Who is behind the proxy; undefined where it speaks for itself (LOCAL), or of nobody we know (UNKNOWN). */
  readonly client: ProxiedClient | undefined
  /** What is proxied; undefined where the header does not say. */
  readonly kind: 'stream' | 'datagram' | undefined
}

/** `none`: what comes is no header. `more`: it may become one. `bad`: it begins as one, and is none. */
export type ReadHeader = ProxyHeader | 'none' | 'more' | 'bad'

const V1 = ascii('PROXY ')
const V2 = ascii('\r\n\r\n\0\r\nQUIT\n')
/** With its line end (§2.1). */
const MAX_V1 = 107
const FIXED_V2 = 16
/** With all that proxies tell beside addresses, none is nearly as long. */
const MAX_V2 = 4096
const LF = 10
const IPV4_LENGTH = 12
const IPV6_LENGTH = 36

/** Reads the header at the beginning of a stream or datagram. */
export function readProxyHeader(octets: Uint8Array): ReadHeader {
  const first = begins(octets, V1)
  if (first !== 'none') return first === 'more' ? 'more' : readText(octets)
  const second = begins(octets, V2)
  return second === 'yes' ? readBinary(octets) : second
}

function begins(octets: Uint8Array, signature: Uint8Array): 'yes' | 'none' | 'more' {
  const length = Math.min(octets.length, signature.length)
  for (let i = 0; i < length; i++) if (octets[i] !== signature[i]) return 'none'
  return length === signature.length ? 'yes' : 'more'
}

/** §2.1: `PROXY TCP4 192.0.2.1 192.0.2.53 56324 53`, ended by CR LF. */
function readText(octets: Uint8Array): ReadHeader {
  const end = octets.subarray(0, MAX_V1).indexOf(LF)
  if (end < 0) return octets.length < MAX_V1 ? 'more' : 'bad'
  const line = String.fromCharCode(...octets.subarray(0, end))
  const header = { version: 1, length: end + 1 } as const
  if (!line.endsWith('\r')) return 'bad'
  const [, family, source, destination, sourcePort, destinationPort, ...others] = line.slice(0, -1).split(' ')
  // What follows UNKNOWN is to be ignored.
  if (family === 'UNKNOWN') return { ...header, client: undefined, kind: undefined }
  const size = family === 'TCP4' ? 4 : family === 'TCP6' ? 16 : 0
  const address = textAddress(source, size)
  const localAddress = textAddress(destination, size)
  const port = textPort(sourcePort)
  const localPort = textPort(destinationPort)
  if (!address || !localAddress || port === undefined || localPort === undefined || others.length > 0) return 'bad'
  return { ...header, client: { address, port, localAddress, localPort }, kind: 'stream' }
}

function textAddress(text: string | undefined, size: number): string | undefined {
  const address = parseAddress(text ?? '')
  return address?.length === size ? addressText(unmapAddress(address)) : undefined
}

function textPort(text: string | undefined): number | undefined {
  return /^(0|[1-9]\d{0,4})$/.test(text ?? '') && Number(text) <= 65_535 ? Number(text) : undefined
}

/** §2.2: version and command, family and protocol, length, addresses; then whatever else the proxy has to tell. */
function readBinary(octets: Uint8Array): ReadHeader {
  if (octets.length < FIXED_V2) return 'more'
  const [version, command] = [octets[12] >> 4, octets[12] & 15]
  const [family, protocol] = [octets[13] >> 4, octets[13] & 15]
  const content = u16(octets, 14)
  const length = FIXED_V2 + content
  if (version !== 2 || command > 1 || family > 3 || protocol > 2 || length > MAX_V2) return 'bad'
  if (octets.length < length) return 'more'
  const header = { version: 2, length } as const
  // LOCAL: the proxy's own connection, to see whether we are there. Unix sockets have no addresses.
  if (command === 0 || family === 0 || family === 3 || protocol === 0)
    return { ...header, client: undefined, kind: undefined }
  if (content < (family === 1 ? IPV4_LENGTH : IPV6_LENGTH)) return 'bad'
  return { ...header, client: clientAt(octets, family === 1 ? 4 : 16), kind: protocol === 1 ? 'stream' : 'datagram' }
}

function clientAt(octets: Uint8Array, size: number): ProxiedClient {
  const address = (at: number): string => addressText(unmapAddress(octets.slice(at, at + size)))
  const ports = FIXED_V2 + 2 * size
  return {
    address: address(FIXED_V2),
    port: u16(octets, ports),
    localAddress: address(FIXED_V2 + size),
    localPort: u16(octets, ports + 2),
  }
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
