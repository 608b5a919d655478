import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { selfSigned } from '../../src/cli/certificate.ts'
import { certificateFault } from '../../src/runtime/node-certificate.ts'

const one = selfSigned(['localhost'])
const other = selfSigned(['localhost'])
const pem = (name: string): string => `-----BEGIN ${name}-----\nMIIB\n-----END ${name}-----\n`
const { privateKey } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
})

test.each<[string, string, string, string | undefined]>([
  ['its own key', one.cert, one.key, undefined],
  ['the key in the same file', `${one.key}${one.cert}`, `${one.cert}${one.key}`, undefined],
  ['a chain after it', one.cert + other.cert, one.key, undefined],
  ['the key of the chain', one.cert + other.cert, other.key, 'the private key is that of another certificate'],
  ['a damaged certificate', pem('CERTIFICATE'), one.key, 'the certificate is damaged'],
  ['a damaged key', one.cert, pem('PRIVATE KEY'), 'the private key is damaged, or has a passphrase'],
  ['a passphrase', one.cert, privateKey, 'the private key is damaged, or has a passphrase'],
])('a certificate and %s', (_, cert, key, fault) => {
  expect(certificateFault(cert, key)).toBe(fault)
})
