import { TYPE } from '../dns/constants.ts'

/** How one type's data stands in JSON: fields in the order of a zone file, each by the names under which deployed data has it. */
export interface Field {
  /** The first is the one that is written. */
  readonly names: readonly string[]
  readonly kind: 'name' | 'number' | 'text'
  /** Where the field is missing. */
  readonly otherwise?: number
}

const name = (...names: string[]): Field => ({ names, kind: 'name' })
const number = (...names: string[]): Field => ({ names, kind: 'number' })
const text = (...names: string[]): Field => ({ names, kind: 'text' })

/** CAA's flags are mostly left out (RFC 8659 §4.1). */
const flag: Field = { ...number('flag', 'flags'), otherwise: 0 }
const seconds = (otherwise: number, ...names: string[]): Field => ({ ...number(...names), otherwise })

/** The numbers of an SOA record that says nothing of them. */
export const SOA_DEFAULTS = { refresh: 86_400, retry: 7200, expire: 3600, minttl: 3600 } as const

/** The types that the redis plugin for CoreDNS knows, with the names that its code reads first, and those of its README. */
export const SCHEMA: ReadonlyMap<number, readonly Field[]> = new Map([
  [TYPE.A, [text('ip', 'ip4', 'address')]],
  [TYPE.AAAA, [text('ip', 'ip6', 'address')]],
  [TYPE.NS, [name('host', 'target')]],
  [TYPE.CNAME, [name('host', 'target')]],
  [TYPE.PTR, [name('host', 'target')]],
  [TYPE.MX, [number('preference', 'priority'), name('host', 'target')]],
  [TYPE.SRV, [number('priority'), number('weight'), number('port'), name('target', 'host')]],
  [257, [flag, text('tag'), text('value')]],
  [
    TYPE.SOA,
    [
      name('ns'),
      name('mbox'),
      number('serial'),
      seconds(SOA_DEFAULTS.refresh, 'refresh'),
      seconds(SOA_DEFAULTS.retry, 'retry'),
      seconds(SOA_DEFAULTS.expire, 'expire'),
      seconds(SOA_DEFAULTS.minttl, 'minttl', 'minimum'),
    ],
  ],
])
