import { addressText } from '../../address.ts'
import { OPTION } from '../../dns/edns.ts'
import { u16 } from '../../dns/header.ts'
import { type Key, key } from '../../key.ts'
import type { Query } from '../../query.ts'
import type { GeoDatabase } from '../../runtime/runtime.ts'
import { type GeoRecord, LABELS, recordOfPlace, type Schema, schemasOf } from './record.ts'

const Found: Key<GeoRecord> = key('geoip/record')
const NOTHING: GeoRecord = {}
/** Families of RFC 7871 §6. */
const OCTETS: Readonly<Record<number, number>> = { 1: 4, 2: 16 }

/** Says where clients are: by a database, or at the edge by what the platform knows. */
export class Geoip {
  /** Undefined at the edge. */
  #database: GeoDatabase | undefined
  #schemas: readonly Schema[] = ['city', 'asn']
  readonly #usesSubnet: boolean

  constructor(usesSubnet: boolean) {
    this.#usesSubnet = usesSubnet
  }

  /** Throws, and changes nothing, where the database is about something else. */
  use(database: GeoDatabase): void {
    const schemas = schemasOf(database.type)
    if (schemas.length === 0)
      throw new Error(`a database of the type "${database.type}" has neither cities, countries nor autonomous systems`)
    this.#database = database
    this.#schemas = schemas
  }

  /** The value of the label `geoip/NAME`; '' where the database does not have it at all. */
  value(schema: Schema, name: string, query: Query): string {
    return this.#schemas.includes(schema) ? LABELS[schema][name](this.#recordOf(query)) : ''
  }

  /** Looked up once, when somebody asks. */
  #recordOf(query: Query): GeoRecord {
    const there = query.get(Found)
    if (there) return there
    const found = this.#lookUp(query) ?? NOTHING
    query.hint(Found, found)
    return found
  }

  #lookUp(query: Query): GeoRecord | undefined {
    const { place, address } = query.peer
    if (!this.#database) return place && recordOfPlace(place)
    const [client] = ((this.#usesSubnet && subnetAddress(query)) || address).split('%')
    try {
      return this.#database.find(client) as GeoRecord | undefined
    } catch {
      // A database that is damaged there.
      return undefined
    }
  }
}

/** The address of the query's client subnet (RFC 7871 §6), with zeros for what it leaves out. */
function subnetAddress(query: Query): string | undefined {
  const data = query.option(OPTION.ECS)?.data
  if (!data || data.length < 4) return undefined
  const length = OCTETS[u16(data, 0)]
  if (!length || data.length > 4 + length) return undefined
  const address = new Uint8Array(length)
  address.set(data.subarray(4))
  return addressText(address)
}
