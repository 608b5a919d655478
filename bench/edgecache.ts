import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAssets } from '../src/cli/build.ts'
import { bundleWorker } from '../src/cli/bundle.ts'
import { CorefileReader } from '../src/cli/corefile.ts'
import { type LocalWorker, startWorker } from '../src/cli/localworker.ts'
import { median } from './load.ts'
import { report } from './report.ts'

/**
 * Does the edge cache pay? A Worker under miniflare that has never been asked, in front of upstreams of several delays: how long
 * an answer takes from the upstream, from the upstream with the edge cache filled on the way, and from the edge cache.
 */
const DELAYS = [0, 5, 20, 50]
const NAMES = 200
/** That a deployed Worker could not reach 127.0.0.1 is no news here. */
const SILENT = { info: () => {}, warn: () => {}, error: console.error }

const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const bundle = join(folder, 'bundle')
try {
  await bundleWorker(bundle)
  for (const delay of DELAYS) {
    const upstream = await startUpstream(delay)
    const plain = await build(`plain${delay}`, '', upstream.port)
    const tiered = await build(`tiered${delay}`, '        edge_cache\n', upstream.port)
    const cache = join(folder, `cache${delay}`)
    const without = await askAll(plain)
    const paths = {
      'edge cache, filling': await askAll(tiered, cache),
      'edge cache, filled': await askAll(tiered, cache),
    }
    for (const [path, taken] of Object.entries(paths))
      report({
        path: `${path}, upstream ${delay} ms away`,
        beside: 'without it',
        ratio: taken / without,
        sense: 'most',
        more: `${taken.toFixed(1)} ms to the answer, without ${without.toFixed(1)} ms`,
      })
    upstream.close()
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function build(name: string, property: string, port: number): Promise<string> {
  const corefile = join(folder, `${name}.Corefile`)
  const assets = join(folder, name)
  mkdirSync(assets)
  writeFileSync(
    corefile,
    `. {\n    cache {\n        prefetch 0\n${property}    }\n    forward . 127.0.0.1:${port}\n}\n`,
  )
  const { problems } = await buildAssets(new CorefileReader(corefile, undefined), assets)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return assets
}

/** Milliseconds to an answer from a Worker that has just started, for names asked once each, one after the other: the median. */
async function askAll(assets: string, cache?: string): Promise<number> {
  const worker = await startWorker(bundle, assets, SILENT, { ...(cache === undefined ? {} : { cache }) })
  try {
    await ask(worker, 'first')
    const taken: number[] = []
    for (let i = 0; i < NAMES; i++) {
      const start = performance.now()
      await ask(worker, `name${i}`)
      taken.push(performance.now() - start)
    }
    return median(taken)
  } finally {
    await worker.stop()
  }
}

async function ask({ host, port }: LocalWorker, name: string): Promise<void> {
  const response = await fetch(`http://${host}:${port}/resolve?name=${name}.example.org`)
  const { Status } = (await response.json()) as { Status: number }
  if (Status !== 0) throw new Error(`${name}: status ${Status}`)
}

/** A server over TCP that answers every question with one address, so many milliseconds late. */
function startUpstream(delay: number): Promise<{ port: number; close(): void }> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    let rest = Buffer.alloc(0)
    socket.on('data', (octets) => {
      rest = Buffer.concat([rest, octets])
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const query = rest.subarray(2, 2 + rest.readUInt16BE(0))
        rest = rest.subarray(2 + query.length)
        setTimeout(() => socket.write(answerTo(query)), delay)
      }
    })
  })
  const close = (): void => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as { port: number }).port, close })),
  )
}

/** The question with one A record of TTL 300 behind it, framed. */
function answerTo(query: Buffer): Buffer {
  let end = 12
  while (query[end] !== 0) end += query[end] + 1
  const question = query.subarray(12, end + 5)
  const header = Buffer.of(query[0], query[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0)
  const record = Buffer.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1)
  const length = header.length + question.length + record.length
  return Buffer.concat([Buffer.of(length >> 8, length & 255), header, question, record])
}
