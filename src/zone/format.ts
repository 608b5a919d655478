import { FOLD } from '../dns/name.ts'

/**
 * The layout of a zone image. Numbers in the header, hash index and order index are u32 in the byte order of the machine (all
 * that run this are little-endian; an image of the other order fails at MAGIC); those in nodes are big-endian, as in messages.
 *
 *     header        16 u32, see FIELD
 *     origin        its wire form, then the NSEC3 salt with a length octet
 *     hash index    SLOTS (a power of two) times (hash, offset of the node; 0: empty), linear probing
 *     order index   offsets of the nodes with NSEC or NSEC3 records, in canonical or hash order
 *     nodes         flags u8, length u8, owner relative to the origin (labels without the root), sets u16,
 *                   then per set: type u16, TTL u32, octets u24, and (length u16, RDATA) for each record
 *
 * Signatures are sets of type RRSIG that hold those of one covered type, after the set that they cover.
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
  SLOTS: 8,
  SLOTS_AT: 9,
  ORDER: 10,
  ORDER_AT: 11,
  NODES_AT: 12,
  APEX: 13,
  ITERATIONS: 14,
  RESERVED: 15,
} as const

export const HEADER_SIZE = 64
export const MAGIC = 0x5a_44_43_31
export const VERSION = 1
export const IMAGE = { NSEC: 1, NSEC3: 2, UNUSABLE: 4 } as const
export const SET_HEADER = 9

/** The hash of an owner name: its labels from `from` to before `to`, folded. Unsigned, never 0. */
export function hashLabels(name: Uint8Array, from: number, to: number, seed: number): number {
  let hash = seed
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ FOLD[name[i]], 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  hash ^= hash >>> 13
  return hash >>> 0 || 1
}
