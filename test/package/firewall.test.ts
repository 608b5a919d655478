import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorker } from '../../src/cli/localworker.ts'
import { readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { rcodeName } from '../../src/dns/rdata/registry.ts'
import { freePort } from '../e2e/transports.ts'
import { installed } from './packed.ts'

/** The firewall as its README says: a package beside coredge's, and two lines in plugin.cfg. */

const root = join(import.meta.dirname, '../..')
const ENTRY = 'node_modules/coredge/lib/node.js'
const run = promisify(execFile)
let folder: string
let port: number
/** An Open Policy Agent that blocks one name. */
const agent = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const { name } = (JSON.parse(body) as { input: { name: string } }).input
  response.end(JSON.stringify({ result: name === 'blocked.example.org.' ? 'block' : 'allow' }))
})

/** Runs the command in the folder; gives what it printed. */
const coredge = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, [ENTRY, ...args], { cwd: folder })).stdout

beforeAll(async () => {
  folder = installed(['wrangler', 'miniflare', 'esbuild'])
  cpSync(join(root, 'examples/plugins/firewall'), join(folder, 'node_modules/coredge-firewall'), { recursive: true })
  const list = readFileSync(join(folder, 'node_modules/coredge/plugin.cfg'), 'utf8')
  const lines = 'firewall:coredge-firewall\nopa:coredge-firewall/opa\n'
  writeFileSync(join(folder, 'plugin.cfg'), list.replace(/^acl:acl\n/m, `acl:acl\n${lines}`))
  port = await freePort()
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve))
  const { port: agentPort } = agent.address() as { port: number }
  writeFileSync(
    join(folder, 'Corefile'),
    `.:${port} {
    bind 127.0.0.1
    opa policies {
        endpoint http://127.0.0.1:${agentPort}/v1/data/dns/action
    }
    firewall query {
        refuse client_ip != '127.0.0.1' || name !~ 'org.$'
        opa policies
    }
    whoami
}
`,
  )
}, 120_000)
afterAll(() => {
  agent.close()
  rmSync(folder, { recursive: true })
})

const queryOf = (name: string): Uint8Array => writeQuery({ id: 1, name: parseName(name), type: 1 })

describe('coredge with the firewall', () => {
  it('shows it at its place', async () => {
    expect((await coredge('-plugins')).split('\n').join(' ')).toMatch(/ acl firewall opa /)
  })

  it('checks its expressions, and tells of its place in the chain', async () => {
    expect(await coredge('check', '-chain')).toMatch(/ 1 {2}firewall {2}Corefile:6:5 {2}node, edge\n {3}2 {2}whoami/)
    const bad = join(folder, 'bad')
    writeFileSync(bad, '. {\n    firewall query {\n        allow name ==\n    }\n}\n')
    await expect(coredge('check', '-conf', bad)).rejects.toThrow(/bad:3:22: firewall: expression: expected a value/)
  })

  it('explains what it decides', async () => {
    const explanation = await coredge('query', 'www.example.org', '-explain', '-client', '192.0.2.7')
    expect(explanation).toMatch(/firewall {2}Corefile:6:5 {2}answered: REFUSED.*the rule at Corefile:7:9 says refuse/)
  })

  it('is a server', async () => {
    const server = spawn(process.execPath, [ENTRY], { cwd: folder })
    try {
      expect(await ask(server, 'www.example.org')).toBe('NOERROR')
      expect(await ask(server, 'www.example.com')).toBe('REFUSED')
      expect(await ask(server, 'blocked.example.org')).toBe('NXDOMAIN')
    } finally {
      server.kill()
      await once(server, 'close')
    }
  })

  it('is a Worker', async () => {
    expect(await coredge('build')).toMatch(/firewall +\d/)
    const log = { info: () => {}, warn: () => {}, error: () => {} }
    const worker = await startWorker(join(folder, 'dist/worker'), join(folder, 'dist/assets'), log)
    const ask = async (name: string, client: string): Promise<string> => {
      const headers = { 'content-type': 'application/dns-message', 'cf-connecting-ip': client }
      const url = `http://${worker.host}:${worker.port}/dns-query`
      const response = await fetch(url, { method: 'POST', headers, body: queryOf(name) as BodyInit })
      return rcodeName(readMessage(new Uint8Array(await response.arrayBuffer())).rcode)
    }
    try {
      expect(await ask('www.example.org', '127.0.0.1')).toBe('NOERROR')
      expect(await ask('www.example.org', '192.0.2.7')).toBe('REFUSED')
      expect(await ask('www.example.com', '127.0.0.1')).toBe('REFUSED')
      expect(await ask('blocked.example.org', '127.0.0.1')).toBe('NXDOMAIN')
    } finally {
      await worker.stop()
    }
  })
})

/** Asks over UDP until the server is up. */
async function ask(server: ChildProcess, name: string): Promise<string> {
  const socket = createSocket('udp4')
  const replies = once(socket, 'message') as Promise<[Buffer]>
  const again = setInterval(() => socket.send(queryOf(name), port, '127.0.0.1'), 100)
  try {
    const ended = once(server, 'close').then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)))
    const [reply] = await Promise.race([replies, ended])
    return rcodeName(readMessage(reply).rcode)
  } finally {
    clearInterval(again)
    socket.close()
  }
}
