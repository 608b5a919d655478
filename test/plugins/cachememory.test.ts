import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { parseRecords } from '../../src/dns/presentation.ts'
import { RRset } from '../../src/dns/rrset.ts'
import type { Peer } from '../../src/query.ts'
import { Reply } from '../../src/reply.ts'
import { rig } from './rig.ts'

/** The memory that a cache takes, measured, whatever it is asked for. */

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const PEER: Peer = { transport: 'tcp', address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 53 }
/** What the README promises for each reply that the capacity allows. */
const OCTETS = 2048

/** Octets that are in use. Buffers are given back a moment after nobody knows them any more. */
async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

interface Flood {
  /** Distinct names. */
  readonly names: number
  readonly capacity: number
  /** Octets of the one record in each answer. */
  readonly size: number
  /** Every fourth name is denied. */
  readonly denied?: boolean
}

const floods: [what: string, flood: Flood][] = [
  ['a million names', { names: 1_000_000, capacity: 20_000, size: 4 }],
  ['names with long answers', { names: 30_000, capacity: 5000, size: 16_000 }],
  ['names that are not there', { names: 100_000, capacity: 20_000, size: 4, denied: true }],
]
it.each(floods)('stays within its bound: %s', { timeout: 120_000 }, async (_, { names, capacity, size, denied }) => {
  const data = new Uint8Array(size).fill(97)
  const authority = parseRecords('example.org. 300 IN SOA ns.example.org. hostmaster.example.org. 1 2 3 4 300')
  const stub = ({ name }: { name: Uint8Array }): Reply =>
    denied && name[1] % 4 === 0
      ? new Reply({ rcode: 3, authority })
      : new Reply({ answer: [RRset.of(name, 65280, 300, [data])] })
  const { instance } = await rig(`. {\ncache {\nsuccess ${capacity}\ndenial ${capacity}\n}\nstub\n}`, { stub })
  const [{ server }] = instance.listeners
  const ask = (i: number): void => {
    server.answer(writeQuery({ id: 1, name: parseName(`${i.toString(36)}.flood.example.org`), type: 65280 }), PEER)
  }
  for (let i = 0; i < 2000; i++) ask(i)
  const before = await memory()
  for (let i = 0; i < names; i++) ask(i)
  expect((await memory()) - before).toBeLessThan(capacity * OCTETS * (denied ? 2 : 1))
})
