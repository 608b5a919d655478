import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const CERT = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
const KEY = '-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n'
const files = {
  'cert.pem': CERT,
  'key.pem': KEY,
  'ca.pem': `${CERT}${CERT}`,
  '/etc/tls/cert.pem': `x${CERT}`,
  '/etc/tls/key.pem': KEY,
}

const settingsOf = async (directives: string) => {
  const { instance } = await rig(`tls://example.org {\n${directives}\nwhoami\n}`, { files })
  return instance.listeners[0].tls
}

test.each([
  ['tls cert.pem key.pem', { cert: CERT, key: KEY, clientAuth: 'nocert' }],
  ['tls cert.pem key.pem ca.pem', { cert: CERT, key: KEY, ca: `${CERT}${CERT}`, clientAuth: 'nocert' }],
  ['root /etc/tls\ntls cert.pem key.pem', { cert: `x${CERT}`, key: KEY, clientAuth: 'nocert' }],
  [
    'tls cert.pem key.pem {\nclient_auth require_and_verify\n}',
    { cert: CERT, key: KEY, clientAuth: 'require_and_verify' },
  ],
  [
    'tls cert.pem key.pem {\nkeylog /etc/tls/keys\n}',
    { cert: CERT, key: KEY, clientAuth: 'nocert', keylog: '/etc/tls/keys' },
  ],
])('%j', async (directives, settings) => {
  expect(await settingsOf(directives)).toEqual(settings)
})

test.each([
  ['tls', '2:1: tls: cert is missing (tls CERT KEY [CA])'],
  ['tls cert.pem', '2:1: tls: key is missing (tls CERT KEY [CA])'],
  ['tls cert.pem key.pem ca.pem other.pem', '2:29: tls: takes at most 3 arguments'],
  ['tls none.pem key.pem', '2:1: tls: cannot read none.pem: no such file'],
  ['tls key.pem cert.pem', '2:1: tls: file has no certificate in PEM form, got "key.pem"'],
  ['tls cert.pem cert.pem', '2:1: tls: file has no private key in PEM form, got "cert.pem"'],
  ['tls cert.pem key.pem key.pem', '2:1: tls: file has no certificate in PEM form, got "key.pem"'],
  ['tls cert.pem key.pem {\nclient_auth none\n}', '3:13: tls: client_auth: policy must be nocert'],
  ['tls cert.pem key.pem {\nkeylog /nowhere/keys\n}', '2:1: tls: cannot list /nowhere: no such folder'],
  ['tls {\nacme example.org\nemail a@example.org\n}', '3:1: tls: ACME is not supported'],
  ['tls cert.pem key.pem\ntls cert.pem key.pem', '3:1: tls: may stand only once'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`tls://example.org {\n${directive}\n}`, { files })).toContain(`Corefile:${message}`)
})

test('at the edge it is ignored, files and all', async () => {
  const { instance } = await rig('https://example.org {\ntls none.pem none.key\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings).toEqual([
    'Corefile:2:1: tls: has no effect here: at the edge the platform has the certificates',
  ])
})
