import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { TYPE } from '../../src/dns/constants.ts'
import { FrameReader, frame } from '../../src/dns/framing.ts'
import { readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { itWith, run } from './tools.ts'
import { freePort, makeCertificate, startCoredge } from './transports.ts'

const HOSTS = 100_000
const folder = mkdtempSync(join(tmpdir(), 'coredge-transfer-'))
const path = (name: string): string => join(folder, name)
let server: Awaited<ReturnType<typeof startCoredge>>
let port: number
let tlsPort: number
let bindPort: number
let nsdPort: number

const small = (serial: number): string => `$TTL 300
@ SOA ns hostmaster ${serial} 7200 3600 86400 60
@ NS ns
ns A 192.0.2.1
WwW A 192.0.2.2
www TXT "serial ${serial}"
sub NS ns.sub
ns.sub A 192.0.2.3
hidden.sub TXT "below"
`
const SMALL = [
  'small.test. 300 IN NS ns.small.test.',
  'small.test. 300 IN SOA ns.small.test. hostmaster.small.test. 1 7200 3600 86400 60',
  'small.test. 300 IN SOA ns.small.test. hostmaster.small.test. 1 7200 3600 86400 60',
  'ns.small.test. 300 IN A 192.0.2.1',
  'WwW.small.test. 300 IN A 192.0.2.2',
  'WwW.small.test. 300 IN TXT "serial 1"',
  'sub.small.test. 300 IN NS ns.sub.small.test.',
  'ns.sub.small.test. 300 IN A 192.0.2.3',
  'hidden.sub.small.test. 300 IN TXT "below"',
].toSorted()

const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`

beforeAll(async () => {
  port = await freePort()
  tlsPort = await freePort()
  bindPort = await freePort()
  nsdPort = await freePort()
  const { cert, key } = makeCertificate(folder)
  const hosts = Array.from({ length: HOSTS }, (_, i) => `host${i} A ${address(i)}\n`)
  writeFileSync(
    path('db.big'),
    `$TTL 300\n@ SOA ns hostmaster 1 7200 3600 86400 60\n@ NS ns\nns A 192.0.2.1\n${hosts.join('')}`,
  )
  writeFileSync(path('db.small'), small(1))
  writeFileSync(
    path('Corefile'),
    `(zones) {
    bind 127.0.0.1
    file db.big big.test
    file db.small small.test {
        reload 100ms
    }
    transfer {
        to 127.0.0.1:${bindPort} 127.0.0.1:${nsdPort} *
    }
}
test:${port} {
    import zones
}
tls://test:${tlsPort} {
    import zones
    tls ${cert} ${key}
}
`,
  )
  server = await startCoredge(['-conf', path('Corefile')], port, { cwd: folder })
}, 180_000)

afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true })
})

const dig = (...words: string[]): Promise<string> => run('dig', ['@127.0.0.1', '-p', `${port}`, ...words])

/** Records in dig's output, each with single blanks. */
const records = (output: string): string[] =>
  output
    .split('\n')
    .filter((line) => /^[^;\s]/.test(line))
    .map((line) => line.replaceAll(/\s+/g, ' '))

describe('dig', () => {
  itWith('dig')('transfers a zone', async () => {
    const found = records(await dig('small.test', 'AXFR'))
    expect(found[0]).toBe(found.at(-1))
    expect(found.toSorted()).toEqual(SMALL)
  })

  itWith('dig')('transfers a zone over TLS', async () => {
    const output = await run('dig', ['@127.0.0.1', '-p', `${tlsPort}`, '+tls', 'small.test', 'AXFR'])
    expect(records(output).toSorted()).toEqual(SMALL)
  })

  itWith('dig')('transfers a zone of 100,000 names, none missing and none twice', async () => {
    const found = records(await dig('big.test', 'AXFR'))
    expect(found).toHaveLength(HOSTS + 4)
    const expected = Array.from({ length: HOSTS }, (_, i) => `host${i}.big.test. 300 IN A ${address(i)}`)
    expect(found.filter((line) => line.startsWith('host')).toSorted()).toEqual(expected.toSorted())
  })

  itWith('dig')('gets the whole zone, the SOA record alone or a hint to ask over TCP by its serial', async () => {
    expect(records(await dig('small.test', 'IXFR=0'))).toHaveLength(9)
    expect(records(await dig('small.test', 'IXFR=1'))).toHaveLength(1)
    expect(records(await dig('+notcp', 'small.test', 'IXFR=0', '+ignore'))).toHaveLength(1)
  })

  itWith('dig')('is refused what is no zone', async () => {
    expect(await dig('www.small.test', 'AXFR')).toContain('Transfer failed.')
  })
})

/** Starts a secondary; ends with the test. */
function secondary(command: string, args: readonly string[]): { output: () => string } {
  const child: ChildProcess = spawn(command, args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  onTestFinished(async () => {
    if (child.exitCode !== null || !child.kill()) return
    await once(child, 'exit')
  })
  return { output: () => output }
}

/** Asks until the answer is the one expected; gives the last. */
async function eventually(ask: () => Promise<string>, expected: string): Promise<string> {
  const end = Date.now() + 15_000
  for (;;) {
    const found = await ask()
    if (found === expected || Date.now() > end) return found
    await wait(100)
  }
}

const textAt = (at: number): Promise<string> =>
  run('dig', ['@127.0.0.1', '-p', `${at}`, '+short', '+tries=1', '+time=1', 'www.small.test', 'TXT'])

/** Pulls the zone as it is, then as it is after a change, of which only a notice can tell in time. */
async function follows(at: number, first: number): Promise<void> {
  writeFileSync(path('db.small'), small(first))
  expect(await eventually(() => textAt(at), `"serial ${first}"\n`)).toBe(`"serial ${first}"\n`)
  writeFileSync(path('db.small'), small(first + 1))
  expect(await eventually(() => textAt(at), `"serial ${first + 1}"\n`)).toBe(`"serial ${first + 1}"\n`)
}

describe('a secondary', () => {
  itWith('named')('named pulls zones, and pulls again when it is notified', { timeout: 60_000 }, async () => {
    const primary = `primaries { 127.0.0.1 port ${port}; }; masterfile-format text`
    writeFileSync(
      path('named.conf'),
      `options {
    directory "${folder}"; listen-on port ${bindPort} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; notify no;
    pid-file none; session-keyfile none; managed-keys-directory "${folder}";
};
controls {};
zone "small.test" { type secondary; ${primary}; file "named.small"; };
zone "big.test" { type secondary; ${primary}; file "named.big"; };
`,
    )
    const named = secondary('named', ['-g', '-c', path('named.conf')])
    await follows(bindPort, 10)
    expect(await eventually(async () => `${named.output().includes("'big.test/IN' from")}`, 'true')).toBe('true')
    await eventually(async () => `${/big\.test.*Transfer completed/.test(named.output())}`, 'true')
    expect(named.output()).toMatch(/big\.test.*Transfer completed: \d+ messages, 100004 records/)
  })

  itWith('nsd')('nsd pulls a zone, and pulls again when it is notified', { timeout: 60_000 }, async () => {
    writeFileSync(
      path('nsd.conf'),
      `server:
  ip-address: 127.0.0.1@${nsdPort}
  zonesdir: ${folder}
  zonelistfile: ${path('nsd.list')}
  xfrdfile: ${path('nsd.state')}
  xfrdir: ${folder}
  pidfile: ""
  database: ""
  username: ""
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: small.test
  zonefile: nsd.small
  allow-notify: 127.0.0.1 NOKEY
  request-xfr: 127.0.0.1@${port} NOKEY
`,
    )
    secondary('nsd', ['-d', '-c', path('nsd.conf')])
    await follows(nsdPort, 20)
  })
})

const ask = (name: string, type: number, id: number): Uint8Array =>
  frame(writeQuery({ id, name: parseName(name), type }))

describe('one connection', () => {
  it('answers other queries while a transfer is under way', async () => {
    const socket = net.connect(port, '127.0.0.1')
    const frames = new FrameReader()
    const order: string[] = []
    let soas = 0
    socket.write(ask('big.test', TYPE.AXFR, 1))
    socket.write(ask('ns.big.test', TYPE.A, 2))
    for await (const chunk of socket) {
      frames.push(chunk)
      for (let message = frames.next(); message; message = frames.next()) {
        const { id, answer } = readMessage(message)
        if (order.at(-1) !== `${id}`) order.push(`${id}`)
        soas += answer.filter(({ type }) => type === TYPE.SOA).length
      }
      if (soas === 2) break
    }
    expect(order).toEqual(['1', '2', '1'])
  })
})
