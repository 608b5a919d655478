import { typeBitmaps } from './bitmap.ts'
import { base64Rest, digestRest, fingerprint, hash, hexRest, optionalBase64, salt, zoneDigest } from './blobs.ts'
import { propertyTag } from './caa.ts'
import { ALGORITHMS, algorithm, coded, digestType, recordType } from './coded.ts'
import { define, type Field, type RecordType } from './define.ts'
import { ipsecGateway } from './gateway.ts'
import { hostIdentity } from './hip.ts'
import { foldedName, plainName, plainNames } from './names.ts'
import { u8, u16, u32 } from './numbers.ts'
import { restText } from './strings.ts'
import { span, timestamp } from './time.ts'

/** The fields of RRSIG, and of SIG before it. */
export const signature = (signer: Field): Readonly<Record<string, Field>> => ({
  typeCovered: recordType,
  algorithm,
  labels: u8,
  originalTtl: span,
  expiration: timestamp,
  inception: timestamp,
  keyTag: u16,
  signer,
  signature: base64Rest,
})
const key = { flags: u16, protocol: u8, algorithm, publicKey: base64Rest }
const digest = { keyTag: u16, algorithm, digestType, digest: digestRest }
const association = { usage: u8, selector: u8, matchingType: u8, data: hexRest }

/** Certificate types of RFC 4398 §2.1. */
const certificateType = coded(
  2,
  { PKIX: 1, SPKI: 2, PGP: 3, IPKIX: 4, ISPKI: 5, IPGP: 6, ACPKIX: 7, IACPKIX: 8, URI: 253, OID: 254 },
  { show: true },
)

/** Keys, signatures, proofs and certificates. */
export const securityTypes: readonly RecordType[] = [
  define('CERT', 37, {
    type: certificateType,
    keyTag: u16,
    algorithm: coded(1, ALGORITHMS, { show: true }),
    certificate: base64Rest,
  }),
  define('DS', 43, digest),
  define('SSHFP', 44, { algorithm: u8, fingerprintType: u8, fingerprint }),
  define('IPSECKEY', 45, {
    precedence: u8,
    gatewayType: u8,
    algorithm: u8,
    gateway: ipsecGateway,
    publicKey: optionalBase64,
  }),
  // In canonical form the signer is in small letters, the next owner of NSEC is not (RFC 6840 §5.1).
  define('RRSIG', 46, signature(foldedName)),
  define('NSEC', 47, { nextOwner: plainName, types: typeBitmaps }),
  define('DNSKEY', 48, key),
  define('DHCID', 49, { digest: base64Rest }),
  define('NSEC3', 50, {
    hashAlgorithm: u8,
    flags: u8,
    iterations: u16,
    salt,
    nextHashedOwner: hash,
    types: typeBitmaps,
  }),
  define('NSEC3PARAM', 51, { hashAlgorithm: u8, flags: u8, iterations: u16, salt }),
  define('TLSA', 52, association),
  define('SMIMEA', 53, association),
  define('HIP', 55, { identity: hostIdentity, servers: plainNames }),
  define('RKEY', 57, key),
  define('CDS', 59, digest),
  define('CDNSKEY', 60, key),
  define('OPENPGPKEY', 61, { publicKey: base64Rest }),
  define('CSYNC', 62, { serial: u32, flags: u16, types: typeBitmaps }),
  define('ZONEMD', 63, { serial: u32, scheme: u8, hashAlgorithm: u8, digest: zoneDigest }),
  define('HHIT', 67, { data: base64Rest }),
  define('BRID', 68, { data: base64Rest }),
  define('CAA', 257, { flags: u8, tag: propertyTag, value: restText }),
  define('TA', 32_768, digest),
  define('DLV', 32_769, digest),
]
