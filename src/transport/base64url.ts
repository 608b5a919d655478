const INVALID = 255
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SEXTET = Uint8Array.from({ length: 256 }, (_, c) => {
  const sextet = ALPHABET.indexOf(String.fromCharCode(c))
  return sextet < 0 ? INVALID : sextet
})

/** Decodes base64url without padding (RFC 4648 §5, RFC 8484 §6); undefined where the text is anything else. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  const { length } = text
  if (length % 4 === 1) return undefined
  const octets = new Uint8Array(Math.floor((length * 3) / 4))
  let bits = 0
  let pending = 0
  let at = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    const sextet = code < 256 ? SEXTET[code] : INVALID
    if (sextet === INVALID) return undefined
    bits = ((bits << 6) | sextet) & 0xffff
    pending += 6
    if (pending < 8) continue
    pending -= 8
    octets[at++] = bits >> pending
  }
  return octets
}
