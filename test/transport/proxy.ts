import { parseAddress } from '../../src/address.ts'

export interface HeaderParts {
  readonly source: string
  readonly destination: string
  /** The client's, and that which it has sent to. */
  readonly ports: readonly [number, number]
  readonly kind?: 'stream' | 'datagram'
  readonly isLocal?: boolean
  /** Octets behind the addresses. */
  readonly more?: number
}

/** A header of the PROXY protocol, version 2. */
export function binaryHeader(parts: HeaderParts): Uint8Array {
  const { source, destination, ports, kind = 'stream', isLocal = false, more = 0 } = parts
  const addresses = [parseAddress(source)!, parseAddress(destination)!]
  const content = Buffer.concat([...addresses, Buffer.alloc(4 + more)])
  const at = 2 * addresses[0].length
  content.writeUInt16BE(ports[0], at)
  content.writeUInt16BE(ports[1], at + 2)
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n....', 'latin1')
  head[12] = isLocal ? 0x20 : 0x21
  head[13] = (addresses[0].length === 4 ? 0x10 : 0x20) | (kind === 'stream' ? 1 : 2)
  head.writeUInt16BE(content.length, 14)
  return new Uint8Array(Buffer.concat([head, content]))
}
