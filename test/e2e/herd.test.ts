import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { FrameReader, frames } from '../../src/dns/framing.ts'
import { readMessage } from '../../src/dns/message.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { scripted } from '../upstream/scripted.ts'
import { queryOf } from './ask.ts'
import { freePort, startCoredge } from './transports.ts'

/** Clients that all want the same at once, which nobody has asked for before. */
const CONNECTIONS = 100
const PER_CONNECTION = 100

/** Sends queries behind each other on one connection; gives the answers. */
function askAll(port: number, queries: readonly Uint8Array[]): Promise<string[]> {
  const reader = new FrameReader()
  const answers: string[] = []
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(frames(queries)))
    socket.on('error', reject)
    socket.on('close', () => resolve(answers))
    socket.on('data', (octets) => {
      reader.push(octets)
      for (let message = reader.next(); message; message = reader.next())
        answers.push(readMessage(message).answer.flatMap(recordTexts).join())
      if (answers.length === queries.length) socket.destroy()
    })
  })
}

it.each([
  ['forward alone', ''],
  ['with a cache', 'cache'],
])('10,000 queries for one name are one upstream query: %s', { timeout: 60_000 }, async (_, cache) => {
  const upstream = await scripted(async (asked) => {
    await new Promise((resolve) => setTimeout(resolve, 1200))
    return asked.reply(['www.example.org. 60 IN A 192.0.2.1'])
  })
  const folder = mkdtempSync(join(tmpdir(), 'coredge-herd-'))
  const port = await freePort()
  const lines = ['bind 127.0.0.1', cache, `forward . ${upstream.address}`]
  writeFileSync(join(folder, 'Corefile'), `.:${port} {\n${lines.join('\n')}\n}\n`)
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const queries = Array.from({ length: PER_CONNECTION }, (_, id) =>
    queryOf({ title: '', ask: 'www.example.org A' }, id),
  )
  const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => askAll(port, queries)))
  expect(new Set(answers.flat())).toEqual(new Set(['www.example.org. 60 IN A 192.0.2.1']))
  expect(answers.flat()).toHaveLength(CONNECTIONS * PER_CONNECTION)
  expect(upstream.log).toEqual(['tcp www.example.org. A'])
})
