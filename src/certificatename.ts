/** The object identifier of subjectAltName, 2.5.29.17, with tag and length (RFC 5280 §4.2.1.6). */
const SUBJECT_ALT_NAME = Uint8Array.of(0x06, 0x03, 0x55, 0x1d, 0x11)
const BOOLEAN = 0x01
const OCTET_STRING = 0x04
const SEQUENCE = 0x30
/** `[2] dNSName` of a GeneralName. */
const DNS_NAME = 0x82

/** The first name that a certificate is for, of those without wildcards; undefined where it is for none. PEM; its first. */
export function certificateName(pem: string): string | undefined {
  const body = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem)?.[1]
  const der = body && octetsOf(body.replaceAll(/\s/g, ''))
  return der && dnsNames(der).find((name) => !name.startsWith('*'))
}

function octetsOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}

function dnsNames(der: Uint8Array): string[] {
  let at = der.findIndex((_, i) => SUBJECT_ALT_NAME.every((octet, k) => der[i + k] === octet))
  if (at < 0) return []
  at += SUBJECT_ALT_NAME.length
  if (der[at] === BOOLEAN) at += 3
  const wrapped = element(der, at)
  const names = wrapped?.tag === OCTET_STRING ? element(der, wrapped.start) : undefined
  if (names?.tag !== SEQUENCE) return []
  const found: string[] = []
  for (let next = element(der, names.start); next && next.end <= names.end; next = element(der, next.end))
    if (next.tag === DNS_NAME) found.push(String.fromCharCode(...der.subarray(next.start, next.end)))
  return found
}

/** One element of DER (X.690 §8.1): its tag, and where its content is. Undefined where there is none. */
function element(der: Uint8Array, at: number): { tag: number; start: number; end: number } | undefined {
  const first = der[at + 1]
  if (first === undefined) return undefined
  const octets = first < 0x80 ? 0 : first & 0x7f
  let length = octets === 0 ? first : 0
  for (let i = 0; i < octets; i++) length = length * 256 + der[at + 2 + i]
  const start = at + 2 + octets
  return start + length <= der.length ? { tag: der[at], start, end: start + length } : undefined
}
