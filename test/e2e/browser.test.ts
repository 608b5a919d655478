import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { itWith, run } from './tools.ts'
import { freePort, siteFor, startCoredge } from './transports.ts'

/** A page of another origin asks by fetch, as a web application would: GET and POST in wire format, and JSON. */
const itWithChromium = itWith('chromium')

let folder: string
let server: Awaited<ReturnType<typeof startCoredge>>
let page: http.Server
let port: number

const script = (doh: string): string => `
  const query = Uint8Array.from([0,0,1,0,0,1,0,0,0,0,0,0,3,119,119,119,7,101,120,97,109,112,108,101,3,111,114,103,0,0,1,0,1])
  const dns = btoa(String.fromCharCode(...query)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  const type = 'application/dns-message'
  const size = async (response) => response.status + ':' + new Uint8Array(await response.arrayBuffer()).slice(-4).join('.')
  const results = []
  try {
    results.push(await size(await fetch('${doh}/dns-query?dns=' + dns, { headers: { accept: type } })))
    results.push(await size(await fetch('${doh}/dns-query', { method: 'POST', headers: { 'content-type': type }, body: query })))
    const json = await fetch('${doh}/resolve?name=www.example.org&type=A', { headers: { accept: 'application/dns-json' } })
    results.push((await json.json()).Answer[0].data)
  } catch (error) {
    results.push(String(error))
  }
  document.body.textContent = 'results ' + results.join(' ')
`

beforeAll(async () => {
  const site = siteFor('https')
  folder = site.folder
  port = await freePort()
  server = await startCoredge(['-conf', site.corefile], port, { cwd: folder })
  page = http.createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><body><script type="module">${script(`https://127.0.0.1:${port}`)}</script></body>`)
  })
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
}, 180_000)

afterAll(async () => {
  page?.close()
  await server?.stop()
  rmSync(folder, { recursive: true })
})

itWithChromium('a browser page gets its answers', { timeout: 60_000 }, async () => {
  const profile = mkdtempSync(join(tmpdir(), 'coredge-chromium-'))
  const switches = [
    '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking',
    '--disable-component-update --disable-sync --ignore-certificate-errors --virtual-time-budget=8000 --dump-dom',
  ]
  const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`
  const args = [...switches.join(' ').split(' '), `--user-data-dir=${profile}`, url]
  const dom = await run('chromium', args, 50_000)
  rmSync(profile, { recursive: true, force: true })
  const results = /results ([^<]*)/.exec(dom)?.[1] ?? dom
  const [get, post, json] = results.split(' ')
  // The zone's apex NS set and their addresses follow the answer, so the last octets are not the address itself.
  expect(get).toMatch(/^200:/)
  expect(post).toBe(get)
  expect(json).toBe('127.0.0.1')
})
