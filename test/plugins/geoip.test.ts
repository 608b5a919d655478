import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigErrors } from '../../src/corefile/error.ts'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { configure, type Instance } from '../../src/instance.ts'
import { modules } from '../../src/plugins.gen.ts'
import type { Peer, Place } from '../../src/query.ts'
import { nodeRuntime } from '../../src/runtime/node.ts'
import type { Runtime } from '../../src/runtime/runtime.ts'
import { FakeRuntime } from '../runtime.ts'
import { mmdb } from './mmdb.ts'

const CAMBRIDGE = {
  city: { names: { en: 'Cambridge', de: 'Cambridge' } },
  continent: { code: 'EU', names: { en: 'Europe' } },
  country: { iso_code: 'GB', is_in_european_union: false, names: { en: 'United Kingdom' } },
  location: { latitude: 52.2242, longitude: 0.1315, time_zone: 'Europe/London' },
  postal: { code: 'CB4' },
  subdivisions: [{ iso_code: 'ENG' }, { iso_code: 'CAM' }],
}
const PARIS = {
  country: { iso_code: 'FR', is_in_european_union: true },
  location: { latitude: 48.85, longitude: -2.5 },
}
const CITY = mmdb('GeoLite2-City', { '192.0.2.0/24': CAMBRIDGE, '198.51.100.0/25': PARIS, '2001:db8::/32': PARIS })
const NETWORK = { autonomous_system_number: 64_496, autonomous_system_organization: 'Example Networks' }
const ASN = mmdb('GeoLite2-ASN', { '192.0.2.0/24': NETWORK })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-geoip-'))
  writeFileSync(join(folder, 'city.mmdb'), CITY)
  writeFileSync(join(folder, 'asn.mmdb'), ASN)
  writeFileSync(join(folder, 'other.mmdb'), mmdb('Unknown-DB', {}))
  writeFileSync(join(folder, 'cut.mmdb'), CITY.subarray(0, CITY.length - 30))
  // Each record now points behind the data.
  writeFileSync(
    join(folder, 'damaged.mmdb'),
    Uint8Array.from(CITY, (octet, i) => (i < 1600 && i % 4 === 1 ? 0xff : octet)),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The Corefile put to work, with the lines that it logs. */
async function serve(geoip: string, labels: readonly string[], runtime: Partial<Runtime> = {}) {
  const logged: string[] = []
  const log = { info: (line: string) => void logged.push(line), warn: () => {}, error: () => {} }
  const format = labels.map((label) => `{/geoip/${label}}`).join('|')
  const text = `. {\nroot ${folder}\nmetadata\n${geoip}\nlog . "${format}"\nwhoami\n}`
  const imports = { read: () => undefined, glob: () => [] }
  const corefile = parseCorefile(text, { file: 'Corefile', env: {}, imports })
  const instance: Instance = configure({ corefile, modules, runtime: { ...nodeRuntime(log), ...runtime, log } })
  await instance.load()
  const server = runtime.name === 'workers' ? instance.edge() : instance.listeners[0].server
  return async (from: Partial<Peer>, subnet?: string): Promise<string> => {
    const peer: Peer = { transport: 'tcp', address: '', port: 1, localAddress: '::1', localPort: 53, ...from }
    const data = subnet === undefined ? undefined : Buffer.from(subnet, 'hex')
    const options = data ? [{ code: 8, data: new Uint8Array(data) }] : []
    const edns = { udpSize: 1232, version: 0, dnssecOk: false, options }
    await server.answer(writeQuery({ id: 1, name: parseName('example.org.'), type: 1, edns }), peer)
    return logged.at(-1)!
  }
}

describe('a city database', () => {
  const labels = [
    'city/name',
    'country/code',
    'country/name',
    'country/is_in_european_union',
    'continent/code',
    'continent/name',
    'latitude',
    'longitude',
    'timezone',
    'postalcode',
    'subdivisions/code',
    'asn/number',
  ]
  test.each([
    ['192.0.2.1', 'Cambridge|GB|United Kingdom|false|EU|Europe|52.2242|0.1315|Europe/London|CB4|ENG,CAM|-'],
    ['198.51.100.127', '-|FR|-|true|-|-|48.85|-2.5|-|-|-|-'],
    ['2001:db8::1', '-|FR|-|true|-|-|48.85|-2.5|-|-|-|-'],
    ['198.51.100.128', '-|-|-|false|-|-|-|-|-|-|-|-'],
    ['fe80::1%eth0', '-|-|-|false|-|-|-|-|-|-|-|-'],
  ])('%s', async (address, expected) => {
    const ask = await serve('geoip city.mmdb', labels)
    expect(await ask({ address })).toBe(expected)
  })
})

test('an ASN database', async () => {
  const ask = await serve('geoip asn.mmdb', ['asn/number', 'asn/org', 'country/is_in_european_union'])
  expect(await ask({ address: '192.0.2.9' })).toBe('64496|Example Networks|-')
  expect(await ask({ address: '203.0.113.1' })).toBe('0|-|-')
})

test.each([
  ['192.0.2.0/24', '00011800c00002', 'Cambridge'],
  ['192.0.2.77', '00012000c000024d', 'Cambridge'],
  ['nothing in it', '00010000', '-'],
  ['a family of its own', '00031800c00002', '-'],
  ['more than an address', '00012000c00002010101', '-'],
  ['too short', '0001', '-'],
])('edns-subnet: %s', async (_, option, expected) => {
  const ask = await serve('geoip city.mmdb {\nedns-subnet\n}', ['city/name'])
  expect(await ask({ address: '198.51.100.1' }, option)).toBe(expected)
})

test('without edns-subnet the client counts', async () => {
  const ask = await serve('geoip city.mmdb', ['city/name'])
  expect(await ask({ address: '192.0.2.1' }, '00011800c6336400')).toBe('Cambridge')
})

test('a database that is damaged costs no query', async () => {
  const ask = await serve('geoip damaged.mmdb', ['city/name'])
  expect(await ask({ address: '192.0.2.1' })).toBe('-')
})

test('at the edge the platform knows', async () => {
  const workers = { name: 'workers', geoDatabases: undefined } as const
  const labels = [
    'city/name',
    'country/name',
    'country/is_in_european_union',
    'continent/name',
    'latitude',
    'asn/number',
  ]
  const ask = await serve('geoip', labels, workers)
  const place: Place = {
    city: 'Paris',
    country: 'FR',
    isEUCountry: '1',
    continent: 'EU',
    latitude: '48.85340',
    asn: 64_500,
  }
  expect(await ask({ place })).toBe('Paris|France|true|Europe|48.8534|64500')
  expect(await ask({ place: { country: 'T1' } })).toBe('-|-|false|-|-|0')
  expect(await ask({})).toBe('-|-|false|-|-|0')
})

test.each([
  ['geoip', 'Corefile:4:1: geoip: needs the file of a database (geoip DBFILE)'],
  ['geoip nowhere.mmdb', 'Corefile:4:1: geoip: cannot use the database'],
  ['geoip other.mmdb', 'a database of the type "Unknown-DB" has neither cities, countries nor autonomous systems'],
  ['geoip cut.mmdb', 'Corefile:4:1: geoip: cannot use the database'],
  ['geoip city.mmdb\ngeoip city.mmdb', 'Corefile:5:1: geoip: may stand only once in a server block'],
  ['geoip city.mmdb {\nlanguages en\n}', 'Corefile:5:1: geoip: unknown property'],
])('%j is refused', async (directive, message) => {
  const error = await serve(directive, ['city/name']).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(ConfigErrors)
  expect((error as Error).message).toContain(message)
})

test('a Corefile for both sides names a file that the Worker does not need', async () => {
  const runtime = new FakeRuntime({ name: 'workers' })
  const ask = await serve('geoip city.mmdb', ['country/code'], { ...runtime, name: 'workers', geoDatabases: undefined })
  expect(await ask({ place: { country: 'NL' } })).toBe('NL')
})
