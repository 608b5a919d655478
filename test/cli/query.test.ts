import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { selfSigned } from '../../src/cli/certificate.ts'
import { Companion } from '../../src/cli/companion.ts'
import { CorefileReader } from '../../src/cli/corefile.ts'
import { main } from '../../src/cli/main.ts'
import { modules } from '../../src/plugins.gen.ts'
import { nodeRuntime } from '../../src/runtime/node.ts'

let folder: string
let companion: Companion
const ports: Record<string, number> = {}

const ZONE = `@ 60 IN SOA ns.example.net. hostmaster.example.net. 7 60 60 60 60
@ 60 IN NS ns.example.net.
www 60 IN A 192.0.2.1
www 60 IN A 192.0.2.2
txt 60 IN TXT "two" "words; and more"
large 60 IN TXT ${Array.from({ length: 30 }, (_, i) => `"${String(i).repeat(80)}"`).join(' ')}
`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-query-'))
  const path = (name: string): string => join(folder, name)
  const { cert, key } = selfSigned(['localhost', '127.0.0.1'])
  writeFileSync(path('cert.pem'), cert)
  writeFileSync(path('key.pem'), key)
  writeFileSync(path('db'), ZONE)
  const block = (scheme: string): string => `${scheme}example.org:0 {
    bind 127.0.0.1
    root ${folder}
    ${scheme === 'dns://' ? '' : 'tls cert.pem key.pem'}
    file db
    nsid where
}\n`
  const reverse = 'dns://.:0 {\n    bind 127.0.0.1\n    hosts {\n        192.0.2.1 www.example.org\n    }\n}\n'
  writeFileSync(path('Corefile'), ['dns://', 'tls://', 'https://'].map(block).join('') + reverse)
  const reader = new CorefileReader(path('Corefile'), undefined)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  companion = new Companion({ reader, modules, runtime: nodeRuntime(log), defaultPort: 0 })
  await companion.adopt(await companion.prepare())
  for (const { planned, port } of companion.listeners) ports[planned.transport] = port
})
afterAll(async () => {
  await companion.stop()
  rmSync(folder, { recursive: true })
})

/** Runs the command line. `DNS`, `TLS` and `HTTPS` in it are the server's addresses. */
async function coredge(line: string): Promise<{ code: number; out: string; err: string }> {
  const out = vi.spyOn(console, 'log').mockImplementation(() => {})
  const err = vi.spyOn(console, 'error').mockImplementation(() => {})
  const words = line
    .replace('@DNS', `@127.0.0.1:${ports.dns}`)
    .replace('@TLS', `@tls://127.0.0.1:${ports.tls} +tls-ca=${folder}/cert.pem`)
    .replace('@HTTPS', `@https://127.0.0.1:${ports.https} +tls-ca=${folder}/cert.pem`)
  try {
    const code = await main(['query', ...words.split(' ')])
    const text = (spy: typeof out): string => spy.mock.calls.map((args) => args.join(' ')).join('\n')
    return { code, out: text(out), err: text(err) }
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
}

describe('short answers', () => {
  const cases: [string, string][] = [
    ['www.example.org @DNS', '192.0.2.1\n192.0.2.2'],
    ['www.example.org @DNS +tcp', '192.0.2.1\n192.0.2.2'],
    ['www.example.org @TLS', '192.0.2.1\n192.0.2.2'],
    ['www.example.org @HTTPS', '192.0.2.1\n192.0.2.2'],
    ['www.example.org @HTTPS +https-get', '192.0.2.1\n192.0.2.2'],
    ['txt.example.org TXT @DNS', '"two" "words; and more"'],
    ['txt.example.org txt IN @DNS', '"two" "words; and more"'],
    ['-t TXT txt.example.org @DNS', '"two" "words; and more"'],
    ['example.org NS @DNS', 'ns.example.net.'],
    ['-x 192.0.2.1 @DNS', 'www.example.org.'],
    ['nothing.example.org @DNS', ''],
  ]
  it.each(cases)('%s', async (line, answer) => {
    expect(await coredge(`${line} +short`)).toEqual({ code: 0, out: answer, err: '' })
  })
})

describe('the whole answer', () => {
  it('looks as dig prints it', async () => {
    const { out } = await coredge('www.example.org @DNS +dnssec +nsid')
    const text = out
      .replace(/id: \d+/, 'id: N')
      .replace(/time: \d+/, 'time: N')
      .replace(/WHEN: .*/, 'WHEN: now')
      .replaceAll(`${ports.dns}`, 'PORT')
    expect(text).toBe(
      [
        '',
        '; <<>> coredge 0.1.0 <<>> www.example.org @127.0.0.1:PORT +dnssec +nsid',
        ';; Got answer:',
        ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: N',
        ';; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 1, ADDITIONAL: 1',
        ';; WARNING: recursion requested but not available',
        '',
        ';; OPT PSEUDOSECTION:',
        '; EDNS: version: 0, flags: do; udp: 1232',
        '; NSID: 7768657265 ("where")',
        ';; QUESTION SECTION:',
        ';www.example.org.\t\tIN\tA',
        '',
        ';; ANSWER SECTION:',
        'www.example.org.\t60\tIN\tA\t192.0.2.1',
        'www.example.org.\t60\tIN\tA\t192.0.2.2',
        '',
        ';; AUTHORITY SECTION:',
        'example.org.\t\t60\tIN\tNS\tns.example.net.',
        '',
        ';; Query time: N msec',
        ';; SERVER: 127.0.0.1#PORT (UDP)',
        ';; WHEN: now',
        ';; MSG SIZE  rcvd: 113',
        '',
      ].join('\n'),
    )
  })

  const parts: [string, RegExp, RegExp][] = [
    ['www.example.org @DNS +noall +answer', /^www.example.org.*\nwww.example.org.*192.0.2.2$/, /;/],
    ['www.example.org @DNS +norecurse', /flags: qr aa; /, /WARNING/],
    ['www.example.org @DNS +noedns', /ADDITIONAL: 0/, /EDNS/],
    ['nothing.example.org @DNS', /status: NXDOMAIN/, /ANSWER SECTION/],
    ['elsewhere.example @DNS', /status: SERVFAIL[\s\S]*EDE: 0: \(not/, /ANSWER SECTION/],
    [
      'large.example.org TXT @DNS +noedns',
      /;; Truncated, retrying in TCP mode.[\s\S]*ANSWER: 1[\s\S]*\(TCP\)/,
      /flags: [^;]*tc/,
    ],
    ['large.example.org TXT @DNS +noedns +ignore', /flags: qr aa tc rd;[\s\S]*\(UDP\)/, /retrying/],
    ['www.example.org @HTTPS', /id: 0\n[\s\S]*SERVER: https:\/\/127.0.0.1:\d+ \(HTTPS\)/, /retrying/],
    ['www.example.org @TLS', /\(TLS\)/, /retrying/],
  ]
  it.each(parts)('%s', async (line, has, lacks) => {
    const { code, out } = await coredge(line)
    expect(code).toBe(0)
    expect(out.trimEnd()).toMatch(has)
    expect(out).not.toMatch(lacks)
  })
})

describe('mistakes', () => {
  const cases: [string, RegExp][] = [
    ['@DNS', /a name to ask for must be given/],
    ['www.example.org @DNS AX', /neither a record type nor a class, got "AX"/],
    ['www.example.org @DNS -t AX', /there is no such record type, got "AX"/],
    ['www..example.org @DNS', /empty label in name "www..example.org"/],
    ['-x 192.0.2 @DNS', /there is no such address, got "192.0.2"/],
    ['www.example.org @DNS +shrt', /did you mean "\+short"\?.*got "\+shrt"/],
    ['www.example.org @DNS +time=0', /\+time: must be a number of 1–300, got "0"/],
    ['www.example.org @DNS @192.0.2.1', /only one server can be asked, got "@192.0.2.1"/],
    ['www.example.org @quic://192.0.2.1', /server: quic is not supported/],
    ['www.example.org @DNS -p 70000', /-port: must be a port/],
    ['www.example.org @127.0.0.1:1 +time=1 +tries=1', /no answer from 127.0.0.1:1: /],
    ['www.example.org @127.0.0.1:1 +tcp', /no answer from 127.0.0.1:1: .*connection refused/],
    [
      'www.example.org @nosuch.invalid',
      /no answer from nosuch.invalid:53: (no such host|temporary failure in name res)/,
    ],
    ['www.example.org @tls://127.0.0.1:1 +tls-ca=nosuch', /cannot read nosuch: no such file/],
  ]
  it.each(cases)('%s', async (line, message) => {
    const { code, out, err } = await coredge(line)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(message)
  })

  it('a server that does not speak HTTP', async () => {
    const server = `https://127.0.0.1:${ports.tls}`
    const { code, err } = await coredge(`www.example.org @${server} +tls-ca=${folder}/cert.pem`)
    expect([code, err]).toEqual([1, `no answer from ${server}: TLS: tlsv1 alert no application protocol`])
  })

  it('a certificate for another name', async () => {
    const server = `@tls://127.0.0.1%dns.example:${ports.tls}`
    const { code, err } = await coredge(`www.example.org ${server} +tls-ca=${folder}/cert.pem`)
    expect(code).toBe(1)
    expect(err).toMatch(
      /: the certificate is for another name: Host: dns\.example\. is not in the cert's altnames: DNS:localhost/,
    )
  })

  it('a certificate of nobody known', async () => {
    for (const scheme of ['tls', 'https']) {
      const { code, err } = await coredge(`www.example.org @${scheme}://127.0.0.1:${ports[scheme]}`)
      expect(code).toBe(1)
      expect(err).toMatch(/certificate signed by unknown authority; \+tls-ca=FILE names a certificate to trust/)
    }
  })
})

// Here the server shares the process; by itself it must wait for the answer, too.
it('a process waits for its answer over HTTPS', async () => {
  const server = [`@https://127.0.0.1:${ports.https}`, `+tls-ca=${folder}/cert.pem`]
  const run = promisify(execFile)('node', ['src/node.ts', 'query', 'www.example.org', ...server, '+short'])
  expect((await run).stdout).toBe('192.0.2.1\n192.0.2.2\n')
})

describe('servers that misbehave', () => {
  it('silence over UDP ends the tries', async () => {
    const socket = createSocket('udp4')
    let queries = 0
    socket.on('message', () => queries++)
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { err } = await coredge(`a.example @127.0.0.1:${socket.address().port} +time=1 +tries=2`)
    socket.close()
    expect(err).toMatch(/nothing came back within 2 s/)
    expect(queries).toBe(2)
  })

  const streams: [string, (socket: net.Socket) => void, RegExp][] = [
    ['close', (socket) => socket.end(), /the server closed the connection/],
    ['nonsense', (socket) => socket.write(Buffer.from([0, 3, 1, 2, 3])), /what came back is no DNS message/],
    ['silence', () => {}, /nothing came back within 1 s/],
  ]
  it.each(streams)('over TCP: %s', async (_what, behave, message) => {
    const server = net.createServer((socket) => void socket.once('data', () => behave(socket)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as net.AddressInfo
    const { err } = await coredge(`a.example @127.0.0.1:${port} +tcp +time=1`)
    server.close()
    expect(err).toMatch(message)
  })

  it('text that speaks to the terminal does not', async () => {
    const socket = createSocket('udp4')
    // A reply with an extended error whose text holds an escape sequence.
    const error = Buffer.from('\u001b[31mred')
    const option = Buffer.concat([Buffer.from([0, 15, 0, 2 + error.length, 0, 0]), error])
    const opt = Buffer.concat([Buffer.from([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, option.length]), option])
    socket.on('message', (query, from) => {
      const question = query.subarray(12, query.length - 11)
      const header = Buffer.from([query[0], query[1], 0x81, 2, 0, 1, 0, 0, 0, 0, 0, 1])
      socket.send(Buffer.concat([header, question, opt]), from.port)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { out } = await coredge(`a.example @127.0.0.1:${socket.address().port}`)
    socket.close()
    expect(out).toContain('; EDE: 0: (.[31mred)')
    expect(out).not.toContain('\u001b')
  })
})
