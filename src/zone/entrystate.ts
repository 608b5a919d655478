import type { Name } from '../dns/name.ts'

/** What an entry of a master file inherits from those before it. */
export interface EntryState {
  origin: Name
  /** The owner that a blank stands for; -1: outside the zone; undefined: none yet. */
  node: number | undefined
  ttl: number | undefined
  /** `$TTL`, which goes before the last TTL written (RFC 2308 §4). */
  defaultTtl: number | undefined
}
