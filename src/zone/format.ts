import { FOLD } from '../dns/name.ts'

/**
 * The layout of a zone image. Numbers in the header, filter, hash index and order index are u32 in the byte order of the machine
 * (all that run this are little-endian; an image of the other order fails at MAGIC); the others are big-endian, as in messages.
 *
 *     header        18 u32, see FIELD
 *     origin        its wire form, then the NSEC3 salt with a length octet
 *     filter        a Bloom filter of WORDS: a name that is there has all bits of its `filterBits` in the word that `slotOf` its
 *                   hash finds, and few others do; it is so small that it stays in the processor's caches
 *     hash index    SLOTS times an entry for a node, found by `slotOf` its hash and linear probing: in the low `placeBits` bits
 *                   the node's offset divided by NODE_ALIGN, in those above the low bits of the hash, so that another name's node
 *                   is hardly ever looked at; 0: empty
 *     order index   offsets of the nodes with NSEC or NSEC3 records, in canonical or hash order
 *     nodes         at multiples of NODE_ALIGN: flags u8, length u8, owner relative to the origin (labels without the root),
 *                   record sets, and the octet END
 *     kinds         type u16 and TTL u32 of the commonest kinds of record sets
 *
 * A record set is: its kind u8, from 1 on (or OTHER_KIND, then type u16 and TTL u32); octets u8 (or LONG, then octets u24); and
 * those octets: (length u16, RDATA) for each record. Signatures are sets of type RRSIG that hold those of one covered type, after
 * the set that they cover.
 */
export const FIELD = {
  MAGIC: 0,
  VERSION: 1,
  SIZE: 2,
  FLAGS: 3,
  SERIAL: 4,
  NAMES: 5,
  RECORDS: 6,
  SEED: 7,
  WORDS: 8,
  WORDS_AT: 9,
  SLOTS: 10,
  SLOTS_AT: 11,
  ORDER: 12,
  ORDER_AT: 13,
  NODES_AT: 14,
  APEX: 15,
  ITERATIONS: 16,
  KINDS_AT: 17,
} as const

export const HEADER_SIZE = 72
export const MAGIC = 0x5a_44_43_31
export const VERSION = 4
export const IMAGE = { NSEC: 1, NSEC3: 2, UNUSABLE: 4 } as const

/** More iterations than RFC 5155 §10.3 allows for any key would make each negative answer a burden. */
export const MOST_ITERATIONS = 2500

export const NODE_ALIGN = 2
/** Behind a node's last set, in the place of a kind. */
export const END = 0
export const OTHER_KIND = 255
export const KIND_SIZE = 6
export const LONG = 255

/** The bits that a name with this hash has in its word of the filter. */
export function filterBits(hash: number): number {
  return (1 << hash) | (1 << (hash >>> 5)) | (1 << (hash >>> 10))
}

/** Where the search for a hash starts among so many slots, or words: the higher the hash the further behind. */
export function slotOf(hash: number, slots: number): number {
  return Math.floor(hash * (slots / 0x1_0000_0000))
}

/** How many bits of an index entry say where the node is, in an image of this size. */
export function placeBits(size: number): number {
  return 32 - Math.clz32(size / NODE_ALIGN)
}

/** The hash of an owner name: its labels from `from` to before `to`, folded. Unsigned. */
export function hashLabels(name: Uint8Array, from: number, to: number, seed: number): number {
  let hash = seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ FOLD[name[i]], 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  hash ^= hash >>> 13
  return hash >>> 0
}
