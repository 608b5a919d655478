const WIDTH = 16

/**
 * Octets in lines as CoreDNS's *debug* has them, which `text2pcap -i 17 -u 53,53` makes a packet of for Wireshark:
 * `debug: 000000 00 0a 01 …`; the last line has the length alone.
 */
export function hexdump(octets: Uint8Array): string[] {
  const lines: string[] = []
  for (let at = 0; at < octets.length; at += WIDTH) {
    const row = Array.from(octets.subarray(at, at + WIDTH), (octet) => hex(octet, 2))
    lines.push(`debug: ${hex(at, 6)} ${row.join(' ')}`)
  }
  return [...lines, `debug: ${hex(octets.length, 6)}`]
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
