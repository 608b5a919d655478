import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hasTool, run } from './tools.ts'
import { freePort, makeCertificate, startCoredge } from './transports.ts'

/** Real clients that speak the PROXY protocol: kdig (version 2) and curl (version 1). */
let folder: string
let server: Awaited<ReturnType<typeof startCoredge>>
let plain: number
let tls: number
let https: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-proxyproto-'))
  const { cert, key } = makeCertificate(folder)
  plain = await freePort()
  tls = await freePort()
  https = await freePort()
  const block = (key: string, more: string): string => `
${key} {
    bind 127.0.0.1
    multisocket 2
    proxyproto {
        allow 127.0.0.0/8
    }
    ${more}
    whoami
}
`
  const secure = `tls ${cert} ${key}`
  writeFileSync(
    join(folder, 'Corefile'),
    block(`.:${plain}`, '') + block(`tls://.:${tls}`, secure) + block(`https://.:${https}`, secure),
  )
  server = await startCoredge(['-conf', 'Corefile'], https, { cwd: folder })
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

/** `whoami` answers with the client's address and port. */
it.skipIf(!hasTool('kdig')).each([
  ['UDP', '+notcp'],
  ['TCP', '+tcp'],
])('kdig over %s', async (_, transport) => {
  const ask = (...words: string[]): Promise<string> =>
    run('kdig', ['@127.0.0.1', '-p', `${plain}`, transport, ...words, 'example.org', 'A'])
  const proxied = await ask('+proxy=192.0.2.7#4711-192.0.2.53#53')
  expect(proxied).toMatch(/example\.org\.\s+0\s+IN\s+A\s+192\.0\.2\.7/)
  expect(proxied).toMatch(/SRV\s+0 0 4711 /)
  const proxied6 = await ask('+proxy=2001:db8::7#4711-2001:db8::53#53')
  expect(proxied6).toMatch(/AAAA\s+2001:db8::7/)
  expect(await ask()).toMatch(/IN\s+A\s+127\.0\.0\.1/)
})

it.skipIf(!hasTool('curl'))('curl over HTTPS, in front of the handshake', async () => {
  const url = `https://127.0.0.1:${https}/resolve?name=example.org&type=A`
  expect(await run('curl', ['-sk', '--haproxy-protocol', url])).toContain('127.0.0.1')
})

it.skipIf(!hasTool('kdig'))('kdig over TLS, without a header', async () => {
  const answer = await run('kdig', ['@127.0.0.1', '-p', `${tls}`, '+tls', 'example.org', 'A'])
  expect(answer).toMatch(/IN\s+A\s+127\.0\.0\.1/)
})
