/** IP addresses as 4 or 16 octets, and networks of them. */

/**
 * Reads an IPv4 or IPv6 address; undefined where the text is none. Strict: four decimal octets without leading zeros,
 * or RFC 4291 §2.2 (with at most one `::`, and an IPv4 tail); no brackets, no zone.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

/** Canonical text: dotted decimal, or RFC 5952 (lower case, the longest run of zero groups as `::`). */
export function addressText(address: Uint8Array): string {
  if (isIPv4(address)) return address.join('.')
  if (isMapped(address)) return `::ffff:${address.subarray(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, i) => (address[2 * i] << 8) | address[2 * i + 1])
  const { start, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

export function isIPv4(address: Uint8Array): boolean {
  return address.length === 4
}

/** An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) as IPv4; others as they are. */
export function unmapAddress(address: Uint8Array): Uint8Array {
  return isMapped(address) ? address.subarray(12) : address
}

/** A network in CIDR notation. */
export interface Cidr {
  /** The network's first address: 4 or 16 octets. */
  readonly address: Uint8Array
  readonly prefix: number
  /** Is the address in the network? IPv4-mapped addresses count as IPv4. */
  contains(address: Uint8Array): boolean
}

/** Reads `192.0.2.0/24` or `2001:db8::/32`; host bits are cleared. Undefined where the text is no CIDR. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf('/')
  const digits = text.slice(slash + 1)
  if (slash < 0 || !/^\d{1,3}$/.test(digits)) return undefined
  const address = parseAddress(text.slice(0, slash))
  const prefix = Number(digits)
  return address && prefix <= address.length * 8 ? cidrOf(address, prefix) : undefined
}

/** The network of `prefix` bits that `address` is in. */
export function cidrOf(address: Uint8Array, prefix: number): Cidr {
  const network = address.map((octet, i) => octet & maskOctet(prefix, i))
  return {
    address: network,
    prefix,
    contains(other) {
      const candidate = network.length === 4 ? unmapAddress(other) : other
      if (candidate.length !== network.length) return false
      for (let i = 0; i * 8 < prefix; i++) if ((candidate[i] & maskOctet(prefix, i)) !== network[i]) return false
      return true
    },
  }
}

/** `192.0.2.0/24` */
export function cidrText(cidr: Cidr): string {
  return `${addressText(cidr.address)}/${cidr.prefix}`
}

function maskOctet(prefix: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefix - 8 * index))
  return (0xff00 >> bits) & 0xff
}

function parseIPv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const address = new Uint8Array(4)
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    address[i] = Number(part)
  }
  return address
}

function parseIPv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0], halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1], true) : []
  if (!head || !tail) return undefined
  const octets = head.length + tail.length
  if (halves.length === 1 ? octets !== 16 : octets > 14) return undefined
  const address = new Uint8Array(16)
  address.set(head)
  address.set(tail, 16 - tail.length)
  return address
}

/** The octets of `2001:db8` or, at an address's end, `ffff:192.0.2.1`. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const octets: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (last && i === groups.length - 1 && group.includes('.')) {
      const tail = parseIPv4(group)
      if (!tail) return undefined
      octets.push(...tail)
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      octets.push(value >> 8, value & 0xff)
    } else return undefined
    if (octets.length > 16) return undefined
  }
  return octets
}

function isMapped(address: Uint8Array): boolean {
  if (address.length !== 16 || address[10] !== 0xff || address[11] !== 0xff) return false
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false
  return true
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
    start += length
  }
  return best
}
