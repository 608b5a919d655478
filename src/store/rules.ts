import { TYPE } from '../dns/constants.ts'
import { joinNames, type Name } from '../dns/name.ts'
import { SOA_DEFAULTS } from './schema.ts'
import type { StoredSet } from './value.ts'
import type { ZoneRules } from './zonenames.ts'

/** The TTL of records that have none, where the Corefile has none either. Seconds. */
const DEFAULT_TTL = 360

/** As the redis plugin for CoreDNS has it: the smaller of a record's TTL and the option `ttl`, where 0 or nothing means the other. */
export function cappedTtl(option: number): ZoneRules {
  const ttl = (given = 0): number => (given && option ? Math.min(given, option) : given || option || DEFAULT_TTL)
  return { ttl, apexSets: (apex, sets, serial) => withSoa(apex, sets, serial, ttl(undefined)) }
}

/** Records have their own TTL, be it 0; `otherwise` is for those that have none. */
export function ownTtl(otherwise: number = DEFAULT_TTL): ZoneRules {
  return {
    ttl: (given) => given ?? otherwise,
    apexSets: (apex, sets, serial) => withSoa(apex, sets, serial, otherwise),
  }
}

/** Negative answers need an SOA record (RFC 2308 §3): where data has none, the one that the redis plugin makes up. */
function withSoa(apex: Name, sets: readonly StoredSet[], serial: number, ttl: number): readonly StoredSet[] {
  return sets.some(({ type }) => type === TYPE.SOA)
    ? sets
    : [...sets, { type: TYPE.SOA, ttl, data: soaOf(apex, serial) }]
}

function soaOf(apex: Name, serial: number): Uint8Array {
  const names = [label('ns1', apex), label('hostmaster', apex)]
  const { refresh, retry, expire, minttl } = SOA_DEFAULTS
  const size = names[0].length + names[1].length + 20
  const data = new Uint8Array(2 + size)
  const view = new DataView(data.buffer)
  view.setUint16(0, size)
  data.set(names[0], 2)
  data.set(names[1], 2 + names[0].length)
  for (const [i, number] of [serial, refresh, retry, expire, minttl].entries())
    view.setUint32(data.length - 20 + i * 4, number)
  return data
}

/** A name below the apex; the apex itself where there is no room. */
function label(text: string, apex: Name): Name {
  const labels = Uint8Array.of(text.length, ...new TextEncoder().encode(text))
  return labels.length + apex.length > 255 ? apex : joinNames(labels, apex)
}
