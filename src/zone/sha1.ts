const words = new Int32Array(80)

/**
 * SHA-1 (RFC 3174) of up to 55 octets at a time or more, without waiting as WebCrypto makes one: NSEC3 names it as its only
 * hash (RFC 5155 §11).
 */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = (message.length + 72) >> 6
  const padded = new Uint8Array(blocks * 64)
  padded.set(message)
  padded[message.length] = 0x80
  new DataView(padded.buffer).setUint32(padded.length - 4, message.length * 8)
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
  for (let at = 0; at < padded.length; at += 64) mix(state, padded, at)
  const digest = new Uint8Array(20)
  const view = new DataView(digest.buffer)
  for (let i = 0; i < 5; i++) view.setInt32(i * 4, state[i])
  return digest
}

function mix(state: Int32Array, block: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++, at += 4)
    words[i] = (block[at] << 24) | (block[at + 1] << 16) | (block[at + 2] << 8) | block[at + 3]
  for (let i = 16; i < 80; i++) words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1)
  let [a, b, c, d, e] = state
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
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
  return (b ^ c ^ d) + 0xca62c1d6
}

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by))
