import { addressText } from './address.ts'

/** The object identifier of subjectAltName, 2.5.29.17, with tag and length (RFC 5280 §4.2.1.6). */
const SUBJECT_ALT_NAME = Uint8Array.of(0x06, 0x03, 0x55, 0x1d, 0x11)
const BOOLEAN = 0x01
const OCTET_STRING = 0x04
const SEQUENCE = 0x30
/** `[2] dNSName` and `[7] iPAddress` of a GeneralName. */
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

/** Whom a certificate is for (RFC 6125 §6.4, RFC 5280 §4.2.1.6). */
export interface CertificateSubject {
  /** With wildcards. */
  readonly names: readonly string[]
  readonly addresses: readonly string[]
}

const NOBODY: CertificateSubject = { names: [], addresses: [] }

/** Reads the first certificate of a PEM text; it is for nobody where there is none. */
export function certificateSubject(pem: string): CertificateSubject {
  const body = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem)?.[1]
  const der = body && octetsOf(body.replaceAll(/\s/g, ''))
  return der ? subjectOf(der) : NOBODY
}

function octetsOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}

function subjectOf(der: Uint8Array): CertificateSubject {
  let at = der.findIndex((_, i) => SUBJECT_ALT_NAME.every((octet, k) => der[i + k] === octet))
  if (at < 0) return NOBODY
  at += SUBJECT_ALT_NAME.length
  if (der[at] === BOOLEAN) at += 3
  const wrapped = element(der, at)
  const all = wrapped?.tag === OCTET_STRING ? element(der, wrapped.start) : undefined
  if (all?.tag !== SEQUENCE) return NOBODY
  const names: string[] = []
  const addresses: string[] = []
  for (let next = element(der, all.start); next && next.end <= all.end; next = element(der, next.end)) {
    const value = der.subarray(next.start, next.end)
    if (next.tag === DNS_NAME) names.push(String.fromCharCode(...value))
    else if (next.tag === IP_ADDRESS && (value.length === 4 || value.length === 16)) addresses.push(addressText(value))
  }
  return { names, addresses }
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
