import { parseAddress } from '../../src/address.ts'

/**
 * A database in MaxMind's format (MaxMind DB File Format Specification 2.0), written for tests: records by network. Numbers
 * with a fraction are doubles, others unsigned.
 */
export function mmdb(type: string, records: Readonly<Record<string, object>>): Uint8Array {
  const tree: Node[] = [[undefined, undefined]]
  const data: number[] = []
  for (const [network, record] of Object.entries(records)) {
    insert(tree, bitsOf(network), data.length)
    data.push(...encode(record))
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: type,
    description: { en: 'a test' },
    ip_version: 6,
    languages: ['en'],
    node_count: tree.length,
    record_size: 32,
  })
  const marker = [0xab, 0xcd, 0xef, ...Buffer.from('MaxMind.com')]
  return Uint8Array.from([...treeOctets(tree), ...new Array<number>(16).fill(0), ...data, ...marker, ...metadata])
}

type Node = [Side, Side]
/** The next node, or a record in the data. */
type Side = { readonly node: number } | { readonly data: number } | undefined

/** The bits of a network among IPv6 addresses; IPv4 is ::/96. */
function bitsOf(network: string): number[] {
  const [text, length] = network.split('/')
  const address = parseAddress(text)!
  const octets = address.length === 4 ? [...new Array<number>(12).fill(0), ...address] : [...address]
  const bits = octets.flatMap((octet) => [7, 6, 5, 4, 3, 2, 1, 0].map((place) => (octet >> place) & 1))
  return bits.slice(0, Number(length) + (address.length === 4 ? 96 : 0))
}

function insert(tree: Node[], bits: readonly number[], data: number): void {
  let node = tree[0]
  for (const bit of bits.slice(0, -1)) {
    let next = node[bit]
    if (!next || !('node' in next)) {
      next = { node: tree.length }
      tree.push([node[bit], node[bit]])
      node[bit] = next
    }
    node = tree[next.node]
  }
  node[bits.at(-1)!] = { data }
}

function treeOctets(tree: readonly Node[]): Uint8Array {
  const octets = Buffer.alloc(8 * tree.length)
  const value = (side: Side): number =>
    side === undefined ? tree.length : 'node' in side ? side.node : tree.length + 16 + side.data
  for (const [i, sides] of tree.entries())
    for (const bit of [0, 1]) octets.writeUInt32BE(value(sides[bit]), 8 * i + 4 * bit)
  return octets
}

const [STRING, DOUBLE, UINT32, MAP, ARRAY, BOOLEAN] = [2, 3, 6, 7, 11, 14]

function encode(value: unknown): number[] {
  if (typeof value === 'string') {
    const octets = Buffer.from(value)
    return [...control(STRING, octets.length), ...octets]
  }
  if (typeof value === 'boolean') return control(BOOLEAN, value ? 1 : 0)
  if (typeof value === 'number') return encodeNumber(value)
  if (Array.isArray(value)) return [...control(ARRAY, value.length), ...value.flatMap(encode)]
  const entries = Object.entries(value as object)
  return [...control(MAP, entries.length), ...entries.flat().flatMap(encode)]
}

function encodeNumber(value: number): number[] {
  const octets = Buffer.alloc(8)
  if (Number.isInteger(value) && value >= 0) {
    octets.writeUInt32BE(value)
    return [...control(UINT32, 4), ...octets.subarray(0, 4)]
  }
  octets.writeDoubleBE(value)
  return [...control(DOUBLE, 8), ...octets]
}

function control(type: number, size: number): number[] {
  const short = Math.min(size, 29)
  const head = type > 7 ? [short, type - 7] : [(type << 5) | short]
  return size > 28 ? [...head, size - 29] : head
}
