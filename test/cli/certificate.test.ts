import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localCertificate, selfSigned } from '../../src/cli/certificate.ts'

const NAMES = ['localhost', '127.0.0.1', '::1', '2001:db8::12:0:1']

describe('a self-signed certificate', () => {
  const { cert, key } = selfSigned(NAMES)
  const parsed = new X509Certificate(cert)

  it('is for its names, and for no others', () => {
    expect(parsed.checkHost('localhost')).toBe('localhost')
    for (const address of NAMES.slice(1)) expect(parsed.checkIP(address)).toBe(address)
    expect(parsed.checkHost('example.org')).toBeUndefined()
    expect(parsed.checkIP('127.0.0.2')).toBeUndefined()
  })

  it('is signed by its own key', () => {
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(parsed.ca).toBe(false)
  })

  it('is good for 397 days, a day of which has passed', () => {
    const days = (Date.parse(parsed.validTo) - Date.parse(parsed.validFrom)) / 86_400_000
    expect(days).toBe(397)
    expect(Date.parse(parsed.validFrom)).toBeLessThan(Date.now() - 80_000_000)
  })

  it('writes years from 2050 on in full', () => {
    const late = new X509Certificate(selfSigned(NAMES, Date.UTC(2049, 11, 31)).cert)
    expect(new Date(late.validFrom).getUTCFullYear()).toBe(2049)
    expect(new Date(late.validTo).getUTCFullYear()).toBe(2051)
  })

  it('satisfies a client that trusts it', async () => {
    const server = tls.createServer({ cert, key }, (socket) => socket.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const said = await new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port, ca: cert })
      socket.on('data', (data) => resolve(String(data)))
      socket.on('error', reject)
    })
    expect(said).toBe('hello')
    server.close()
  })
})

describe('the certificate of a folder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coredge-cert-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is made once, its key for its owner only', () => {
    const first = localCertificate(folder, NAMES)
    expect(localCertificate(folder, NAMES)).toEqual(first)
    expect(readFileSync(first.path, 'utf8')).toBe(first.cert)
    expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600)
  })

  const reasons: [string, () => void, string[]?][] = [
    ['other names', () => {}, [...NAMES, 'dns.example']],
    ['no key', () => rmSync(join(folder, 'key.pem'))],
    ['a foreign key', () => writeFileSync(join(folder, 'key.pem'), selfSigned(NAMES).key)],
    ['a damaged file', () => writeFileSync(join(folder, 'cert.pem'), 'no certificate')],
    [
      'its end near',
      () => {
        const old = selfSigned(NAMES, Date.now() - 380 * 86_400_000)
        writeFileSync(join(folder, 'cert.pem'), old.cert)
        writeFileSync(join(folder, 'key.pem'), old.key)
      },
    ],
  ]
  it.each(reasons)('is made anew with %s', (_reason, change, names = NAMES) => {
    localCertificate(folder, NAMES)
    change()
    const before = readFileSync(join(folder, 'cert.pem'), 'utf8')
    const { cert, key } = localCertificate(folder, names)
    expect(cert).not.toBe(before)
    expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(localCertificate(folder, names).cert).toBe(cert)
  })
})
