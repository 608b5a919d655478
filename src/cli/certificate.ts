import { createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'

/** A self-signed certificate for local use: X.509 in DER (RFC 5280, ITU-T X.690), for a P-256 key. */

export interface Certificate {
  /** PEM. */
  readonly cert: string
  readonly key: string
}

const DAY = 86_400_000
/** Browsers and Apple's systems refuse longer ones. */
const VALIDITY = 397 * DAY
/** A kept certificate that ends sooner than this is made anew. */
const MARGIN = 30 * DAY

/** The certificate kept in `folder`, made there at first use and when it is about to end. */
export function localCertificate(folder: string, names: readonly string[]): Certificate & { readonly path: string } {
  const path = join(folder, 'cert.pem')
  const keyPath = join(folder, 'key.pem')
  const kept = readKept(path, keyPath, names)
  if (kept) return { ...kept, path }
  const made = selfSigned(names)
  mkdirSync(folder, { recursive: true })
  writeFileSync(keyPath, made.key, { mode: 0o600 })
  writeFileSync(path, made.cert)
  return { ...made, path }
}

function readKept(path: string, keyPath: string, names: readonly string[]): Certificate | undefined {
  try {
    const cert = readFileSync(path, 'utf8')
    const key = readFileSync(keyPath, 'utf8')
    const parsed = new X509Certificate(cert)
    const isFresh = Date.parse(parsed.validTo) - Date.now() > MARGIN
    const isFor = (name: string): boolean => Boolean(isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name))
    const isOurs = parsed.publicKey.equals(createPublicKey(key))
    return isFresh && isOurs && names.every(isFor) ? { cert, key } : undefined
  } catch {
    return undefined
  }
}

/** Makes a key, and a certificate for these host names and IP addresses that it signs itself. */
export function selfSigned(names: readonly string[], now: number = Date.now()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const body = tbsCertificate(names, spki, now)
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, ECDSA_WITH_SHA256, element(TAG.BIT_STRING, Buffer.of(0), signature))
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { cert: pem('CERTIFICATE', der), key }
}

const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OID: 0x06,
  UTF8_STRING: 0x0c,
  GENERALIZED_TIME: 0x18,
  UTC_TIME: 0x17,
  SEQUENCE: 0x30,
  SET: 0x31,
  /** Context tags: `version`, `extensions`, and the kinds of GeneralName. */
  VERSION: 0xa0,
  EXTENSIONS: 0xa3,
  DNS_NAME: 0x82,
  IP_ADDRESS: 0x87,
} as const

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => element(TAG.SEQUENCE, ...contents)

/** An object identifier; the numbers here are all under 2^21. */
function oid(text: string): Buffer {
  const [first, second, ...others] = text.split('.').map(Number)
  const groups = others.map((n) =>
    n < 128 ? [n] : n < 16_384 ? [128 | (n >> 7), n & 127] : [128 | (n >> 14), 128 | ((n >> 7) & 127), n & 127],
  )
  return element(TAG.OID, Buffer.from([first * 40 + second, ...groups.flat()]))
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const SUBJECT = sequence(
  element(TAG.SET, sequence(oid('2.5.4.3'), element(TAG.UTF8_STRING, Buffer.from('coredge on this machine')))),
)

function tbsCertificate(names: readonly string[], spki: Uint8Array, now: number): Buffer {
  const serial = randomBytes(16)
  serial[0] = (serial[0] & 0x7f) | 0x40 // positive and of full length
  return sequence(
    element(TAG.VERSION, element(TAG.INTEGER, Buffer.of(2))),
    element(TAG.INTEGER, serial),
    ECDSA_WITH_SHA256,
    SUBJECT,
    // A clock a little behind ours must not find it in the future.
    sequence(time(now - DAY), time(now - DAY + VALIDITY)),
    SUBJECT,
    spki,
    element(TAG.EXTENSIONS, extensions(names)),
  )
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\.\d+|[-T:]/g, '')
  const isShort = digits < '2050'
  return element(isShort ? TAG.UTC_TIME : TAG.GENERALIZED_TIME, Buffer.from(isShort ? digits.slice(2) : digits))
}

function extensions(names: readonly string[]): Buffer {
  const extension = (id: string, isCritical: boolean, value: Uint8Array): Buffer =>
    sequence(
      oid(id),
      isCritical ? element(TAG.BOOLEAN, Buffer.of(255)) : Buffer.alloc(0),
      element(TAG.OCTET_STRING, value),
    )
  const digitalSignature = element(TAG.BIT_STRING, Buffer.of(7, 0x80))
  const serverAuth = sequence(oid('1.3.6.1.5.5.7.3.1'))
  return sequence(
    extension('2.5.29.19', true, sequence()), // basicConstraints: no CA
    extension('2.5.29.15', true, digitalSignature), // keyUsage
    extension('2.5.29.37', false, serverAuth), // extKeyUsage
    extension('2.5.29.17', false, sequence(...names.map(generalName))), // subjectAltName
  )
}

function generalName(name: string): Buffer {
  return isIP(name) ? element(TAG.IP_ADDRESS, addressOctets(name)) : element(TAG.DNS_NAME, Buffer.from(name))
}

function addressOctets(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head, tail = ''] = address.split('::')
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16))
  const left = words(head)
  const right = words(tail)
  const all = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 255]))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
