/** Octets as text in base 16, 32 or 64 (RFC 4648). */
export interface Radix {
  encode(octets: Uint8Array): string
  /** Undefined where the text is none. */
  decode(text: string): Uint8Array | undefined
}

function radix(bits: number, alphabet: string, group: number): Radix {
  const digits = new Int8Array(128).fill(-1)
  for (let value = 0; value < alphabet.length; value++) {
    digits[alphabet.charCodeAt(value)] = value
    // Bases 16 and 32 know one case only, so that either is read.
    if (bits < 6) digits[alphabet[value].toLowerCase().charCodeAt(0)] = value
  }
  const mask = (1 << bits) - 1

  const encode = (octets: Uint8Array): string => {
    let text = ''
    let held = 0
    let count = 0
    for (const octet of octets) {
      held = ((held << 8) | octet) & 0xffff
      count += 8
      while (count >= bits) {
        count -= bits
        text += alphabet[(held >> count) & mask]
      }
    }
    if (count > 0) text += alphabet[(held << (bits - count)) & mask]
    return group > 1 ? text.padEnd(Math.ceil(text.length / group) * group, '=') : text
  }

  const decode = (text: string): Uint8Array | undefined => {
    if (text.length % group !== 0) return undefined
    let end = text.length
    while (group > 1 && end > text.length - 2 && text[end - 1] === '=') end--
    const octets = new Uint8Array((end * bits) >> 3)
    let held = 0
    let count = 0
    let length = 0
    for (let i = 0; i < end; i++) {
      const code = text.charCodeAt(i)
      const digit = code < 128 ? digits[code] : -1
      if (digit < 0) return undefined
      held = ((held << bits) | digit) & 0xffff
      count += bits
      if (count >= 8) {
        count -= 8
        octets[length++] = held >> count
      }
    }
    // A digit that adds no bit to an octet is one too many.
    return count < bits ? octets : undefined
  }

  return { encode, decode }
}

/** Base 16 in capitals, as `dig` shows it; either case is read. */
export const hex: Radix = radix(4, '0123456789ABCDEF', 1)
/** Base 32 in capitals with the extended hex alphabet and without padding, as NSEC3 has it (RFC 5155 §3.3). */
export const base32hex: Radix = radix(5, '0123456789ABCDEFGHIJKLMNOPQRSTUV', 1)
/** Base 64 with padding. */
export const base64: Radix = radix(6, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 4)
