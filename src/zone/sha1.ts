const BLOCK = 64
const words = new Int32Array(80)
const state = new Int32Array(5)
/** The message with its padding. */
let padded = new Uint8Array(9 * BLOCK)

/**
 * SHA-1 (RFC 3174) of the first `length` octets, without waiting as WebCrypto makes one: NSEC3 names it as its only hash
 * (RFC 5155 §11).
 */
export function sha1(message: Uint8Array, length: number = message.length): Uint8Array {
  const size = ((length + 8 + BLOCK) >> 6) * BLOCK
  if (padded.length < size) padded = new Uint8Array(size)
  for (let i = 0; i < length; i++) padded[i] = message[i]
  padded[length] = 0x80
  padded.fill(0, length + 1, size)
  const bits = length * 8
  for (let i = 1; i <= 4; i++) padded[size - i] = bits >>> (8 * (i - 1))
  state[0] = 0x67452301
  state[1] = 0xefcdab89
  state[2] = 0x98badcfe
  state[3] = 0x10325476
  state[4] = 0xc3d2e1f0
  for (let at = 0; at < size; at += BLOCK) mix(at)
  const digest = new Uint8Array(20)
  for (let i = 0; i < 20; i++) digest[i] = state[i >> 2] >>> (24 - 8 * (i & 3))
  return digest
}

/** Mixes the block at `at` of the message into the state. */
function mix(at: number): void {
  for (let i = 0; i < 16; i++, at += 4)
    words[i] = (padded[at] << 24) | (padded[at + 1] << 16) | (padded[at + 2] << 8) | padded[at + 3]
  for (let i = 16; i < 80; i++) words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1)
  let a = state[0]
  let b = state[1]
  let c = state[2]
  let d = state[3]
  let e = state[4]
  for (let i = 0; i < 80; i++) {
    const next = (rotate(a, 5) + choose(i, b, c, d) + e + words[i]) | 0
    e = d
    d = c
    c = rotate(b, 30)
    b = a
    a = next
  }
  state[0] += a
  state[1] += b
  state[2] += c
  state[3] += d
  state[4] += e
}

/** The round's function and constant (RFC 3174 §5). */
function choose(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (((b & c) | (~b & d)) + 0x5a827999) | 0
  if (round < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0
  if (round < 60) return (((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc) | 0
  return ((b ^ c ^ d) + 0xca62c1d6) | 0
}

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by))
