import { expect, it } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { parseRecords } from '../../src/dns/presentation.ts'
import { Nsecs } from '../../src/plugins/cache/nsecs.ts'
import { type Peer, Query } from '../../src/query.ts'
import { Reply } from '../../src/reply.ts'

/** What proofs may take, whatever zones of strangers bring. */

const PEER: Peer = { transport: 'udp', address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 53 }
const MAX = 1_000_000

const sign = (owner: string, type: string, zone: string): string =>
  `${owner} 300 IN RRSIG ${type} 13 ${owner.split('.').length - 1} 300 20370101000000 20260101000000 1 ${zone} AAAA`

/** A reply that proves that nothing is between two names of a zone. */
function proof(zone: string, from: string, to: string): Reply {
  const records = [
    `${zone} 300 IN SOA ns.${zone} h.${zone} 1 2 3 4 300`,
    sign(zone, 'SOA', zone),
    `${from}.${zone} 300 IN NSEC ${to}.${zone} A`,
    sign(`${from}.${zone}`, 'NSEC', zone),
    `${zone} 300 IN NSEC a.${zone} SOA`,
    sign(zone, 'NSEC', zone),
  ]
  return new Reply({ rcode: 3, ad: true, authority: parseRecords(records.join('\n')) })
}

const denies = (nsecs: Nsecs, name: string): boolean =>
  nsecs.deny(new Query(parseName(name), 1, 1, 1, 0, undefined, PEER, 30), 1) !== undefined

it('stays within its bound, and the zone that was first learned of goes first', () => {
  const nsecs = new Nsecs(3600, MAX)
  for (let zone = 0; zone < 50; zone++)
    for (let i = 100; i < 200; i++) {
      nsecs.learn(proof(`zone${zone}.example.`, `n${i}`, `n${i}x`), 0)
      expect(nsecs.octets).toBeLessThanOrEqual(MAX)
    }
  expect(nsecs.octets).toBeGreaterThan(MAX / 2)
  expect(denies(nsecs, 'n150a.zone49.example.')).toBe(true)
  expect(denies(nsecs, 'n150a.zone0.example.')).toBe(false)
})

it('counts a proof that comes again once, and nothing once it is gone', () => {
  const nsecs = new Nsecs(3600, MAX)
  nsecs.learn(proof('example.', 'b', 'k'), 0)
  const { octets } = nsecs
  for (let i = 0; i < 10; i++) nsecs.learn(proof('example.', 'b', 'k'), i)
  expect(nsecs.octets).toBe(octets)
  expect(denies(nsecs, 'c.example.')).toBe(true)
})

it('one zone with more than all may take has nothing, and harms nobody', () => {
  const nsecs = new Nsecs(3600, 100)
  nsecs.learn(proof('example.', 'b', 'k'), 0)
  expect([nsecs.octets, denies(nsecs, 'c.example.')]).toEqual([0, false])
})

it('does not remember for ever what zones there were', () => {
  const nsecs = new Nsecs(3600, 100 * MAX)
  for (let zone = 0; zone < 5000; zone++) {
    nsecs.learn(proof(`zone${zone}.example.`, 'b', 'k'), 0)
    expect(nsecs.names).toBeLessThanOrEqual(1024)
  }
  const known = Array.from({ length: 5000 }, (_, zone) => denies(nsecs, `c.zone${zone}.example.`))
  expect(known.lastIndexOf(false)).toBe(5000 - 256 - 1)
})
