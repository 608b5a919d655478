import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { main } from '../../src/cli/main.ts'
import type { Explanation } from '../../src/explain/explanation.ts'

let folder: string
let upstream: Socket
let taken: Server

/** Answers any query with its own question and 192.0.2.99. */
function answerOf(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5
  const header = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 99])
  return Buffer.concat([header, query.subarray(12, end), record])
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-explain-'))
  upstream = createSocket('udp4', (query, from) => upstream.send(answerOf(query), from.port))
  await new Promise<void>((resolve) => upstream.bind(0, '127.0.0.1', resolve))
  taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const to = `127.0.0.1:${upstream.address().port}`
  writeFileSync(
    join(folder, 'Corefile'),
    `.:${port} {
    bind 127.0.0.1
    health localhost:${port}
    forward . ${to}
}
example.org:${port} {
    bind 127.0.0.1
    hosts {
        192.0.2.1 www.example.org
    }
}
tls://.:${port + 1} {
    whoami
}
`,
  )
})
afterAll(async () => {
  upstream.close()
  await new Promise((resolve) => taken.close(resolve))
  rmSync(folder, { recursive: true })
})

async function query(line: string): Promise<{ code: number; out: string; err: string }> {
  const out = vi.spyOn(console, 'log').mockImplementation(() => {})
  const err = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    const code = await main(['query', ...line.replace('-explain', `-explain -conf ${folder}/Corefile`).split(' ')])
    const text = (spy: typeof out): string => spy.mock.calls.map((args) => args.join(' ')).join('\n')
    return { code, out: text(out), err: text(err) }
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
}

describe('coredge query -explain', () => {
  it('tells who answered, on a port that is taken, without touching it', async () => {
    const { code, out, err } = await query('www.example.org -explain')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^www\.example\.org\. IN A from 127\.0\.0\.1:40000 over udp, at dns:\/\/127\.0\.0\.1:\d+\n/)
    expect(out).toMatch(
      /Block example\.org:\d+ \(.*Corefile:6\):\n {2}zone example\.org\. is the longest that the name is in\n/,
    )
    expect(out).toMatch(/\n {2}hosts .*Corefile:8:5 {2}answered: NOERROR, aa, answer 1 {2}\[\d+\.\d{3} ms\]\n/)
    expect(out).toMatch(
      /\nReply: NOERROR, flags qr aa rd, .*\nOPT: size 1232\nAnswer:\n {2}www\.example\.org\. 3600 IN A 192\.0\.2\.1\n/,
    )
  })

  it('asks upstreams, and names the one that answered', async () => {
    const { code, out } = await query('www.example.net A -explain')
    expect(code).toBe(0)
    expect(out).toMatch(/forward .* answered: NOERROR, ra, answer 1; from 127\.0\.0\.1:\d+/)
    expect(out).toMatch(/hint forward\/upstream: 127\.0\.0\.1:\d+\n/)
    expect(out).toContain('www.example.net. 60 IN A 192.0.2.99')
    expect(out).toContain('No part of the chain: bind, health')
  })

  it('says it as JSON', async () => {
    const line = 'example.org MX -explain -json -client 2001:db8::1 +tcp +dnssec +cdflag +subnet=198.51.100.0/24'
    const { code, out } = await query(line)
    expect(code).toBe(0)
    const explanation = JSON.parse(out) as Explanation
    expect(explanation.client).toEqual({ address: '2001:db8::1', port: 40_000, transport: 'tcp' })
    expect(explanation.asked.steps[0]).toMatchObject({ plugin: 'hosts', did: 'answered' })
    expect(explanation.reply).toMatchObject({ rcode: 'SERVFAIL', flags: 'qr rd cd', opt: { do: true } })
  })

  it('chooses the listener by transport', async () => {
    expect((await query('a.example +tls -explain')).out).toMatch(/over tls, at tls:\/\/127\.0\.0\.1:\d+\n[\s\S]*whoami/)
    expect(await query('a.example +https -explain')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^no server block is reached over https; there is dns:\/\/127\.0\.0\.1:\d+, tls:/),
    })
    const sixes = await query('a.example +tls -explain -client 2001:db8::7')
    expect(sixes.out).toMatch(/from \[2001:db8::7\]:40000 over tls, at tls:\/\/\[::1\]:\d+\n/)
    expect((await query('a.example -explain -p 5')).err).toMatch(/reached over udp at port 5; there is/)
  })

  it('tells what happens at the edge', async () => {
    const { out } = await query('www.example.org -explain -for workers')
    expect(out).toMatch(/over https, at https:\/\/:443\n[\s\S]* hosts .*answered/)
  })

  const mistakes: [string, RegExp][] = [
    ['www.example.org -explain -client nobody', /^-client: must be an IP address, got "nobody"/],
    ['www.example.org -explain @192.0.2.1', /^-explain: asks no server, got "@192.0.2.1"/],
    ['www.example.org -json @127.0.0.1:1', /^-json: is for -explain/],
    ['www.example.org -explain -for browser', /^-for: must be node or workers, got "browser"/],
    ['www.example.org -explain +subnet=x', /^\+subnet: must be an address or a network, got "x"/],
    ['-explain', /^a name to ask for must be given/],
  ]
  it.each(mistakes)('%s', async (line, message) => {
    const { code, out, err } = await query(line)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(message)
  })

  it('tells the mistakes of the Corefile', async () => {
    writeFileSync(join(folder, 'bad'), '. {\n    hots\n}\n')
    const { code, err } = await query(`a.example --explain -conf ${join(folder, 'bad')}`)
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/bad:2:5: hots: unknown directive \(did you mean "hosts"\?\)/),
    ])
  })
})
