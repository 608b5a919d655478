import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { folderWith, startWorkerIn } from './miniflare.ts'
import { itWith, run } from './tools.ts'
import { freePort, makeCertificate, startCoredge } from './transports.ts'

/** Clients that know nothing but an address find the encrypted listeners, and use them. */
vi.setConfig({ testTimeout: 60_000 })

const block = (key: string, ...lines: string[]): string =>
  `${key} {\n bind 127.0.0.1\n ${lines.join('\n ')}\n hosts {\n 192.0.2.1 www.example.org\n }\n}\n`

const kdig = (port: number, ...args: readonly string[]): Promise<string> =>
  run('kdig', ['@127.0.0.1', '-p', String(port), '+time=5', '+retry=1', '+short', ...args])

itWith('kdig')('what _dns.resolver.arpa tells is so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-ddr-'))
  const { cert, key } = makeCertificate(folder)
  const [port, tls, https] = [await freePort(), await freePort(), await freePort()]
  const certificate = `tls ${cert} ${key}`
  writeFileSync(
    join(folder, 'Corefile'),
    block(`.:${port}`, 'ddr') + block(`tls://.:${tls}`, certificate) + block(`https://.:${https}`, certificate),
  )
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const records = (await kdig(port, '_dns.resolver.arpa', 'SVCB')).trim().split('\n').sort()
  // Older ones do not know dohpath by its name.
  expect(records.map((line) => line.replace(/key7="(.*)"/, 'dohpath=$1'))).toEqual([
    `1 localhost. alpn=dot port=${tls} ipv4hint=127.0.0.1`,
    `2 localhost. alpn=h2 port=${https} ipv4hint=127.0.0.1 dohpath=/dns-query{?dns}`,
  ])
  const trust = [`+tls-ca=${cert}`, '+tls-hostname=localhost']
  expect(await kdig(tls, '+tls', ...trust, 'www.example.org')).toBe('192.0.2.1\n')
  expect(await kdig(https, '+https=localhost/dns-query', ...trust, 'www.example.org')).toBe('192.0.2.1\n')
})

itWith('dig')('dig reads the records, and NODATA for the rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-ddr-'))
  const port = await freePort()
  writeFileSync(join(folder, 'Corefile'), block(`.:${port}`, 'ddr {\n designate https://dns.example/q\n }'))
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const dig = (...args: string[]): Promise<string> => run('dig', ['@127.0.0.1', '-p', String(port), '+norec', ...args])
  expect(await dig('+noall', '+answer', '_dns.resolver.arpa', 'SVCB')).toMatch(
    /^_dns\.resolver\.arpa\.\s+300\s+IN\s+SVCB\s+1 dns\.example\. alpn="h2" (key7|dohpath)="\/q\{\?dns\}"\n$/,
  )
  expect(await dig('a.resolver.arpa', 'TXT')).toMatch(
    /status: NOERROR.*ANSWER: 0, AUTHORITY: 1.*resolver\.arpa\.\s+10800\s+IN\s+SOA/s,
  )
})

it('a Worker tells of itself by the name that its client used', async () => {
  const folder = folderWith({ Corefile: '. {\n    ddr\n    whoami\n}\n' })
  const worker = await startWorkerIn(folder)
  onTestFinished(async () => {
    await worker.close()
    rmSync(folder, { recursive: true })
  })
  const { port } = new URL(worker.url)
  const body = await new Promise<string>((resolve, reject) => {
    const path = '/resolve?name=_dns.resolver.arpa&type=SVCB'
    const asked = request({ host: '127.0.0.1', port, path, headers: { host: 'dns.example.org' } }, async (response) => {
      let text = ''
      for await (const part of response) text += part
      resolve(text)
    })
    asked.on('error', reject)
    asked.end()
  })
  expect(JSON.parse(body)).toMatchObject({
    Status: 0,
    Answer: [{ type: 64, TTL: 300, data: '1 dns.example.org. alpn="h2,h3" dohpath="/dns-query{?dns}"' }],
  })
})
