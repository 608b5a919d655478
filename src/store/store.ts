import type { Name } from '../dns/name.ts'

/**
 * Where zones live whose records change while they are served. A zone is a set of names, each with one small value: the records
 * there, as JSON (see value.ts). A name that has only names below it (an empty non-terminal, RFC 8499) has the value `{}`, so
 * that one read tells whether a name exists.
 */
export interface ZoneStore {
  /** How messages call it: `sqlite:zones.db`. */
  readonly label: string
  /** True where it finds out by itself which names are empty non-terminals, so that their values may be missing. */
  readonly findsEmpty?: boolean
  /** The apexes of all zones, folded. */
  zones(): Promise<readonly Name[]>
  /**
   * What stands at some names of a zone, all at one moment and in one round trip; undefined where there is no such zone.
   * A store that finds itself reading twice, as the zone was replaced meanwhile, gives the values of `others` behind them: what was
   * known of these is of the past, and they save the caller another read. Rejects with StoreError.
   */
  read(apex: Name, owners: readonly Owner[], others?: readonly Owner[]): Promise<Snapshot | undefined>
  /** Every name of a zone with its value, in no particular order, as they are at one moment. Empty where there is no such zone. */
  entries(apex: Name): AsyncIterable<Entry>
  /**
   * Makes these the zone, in place of whatever it was: a reader sees all of the old or all of the new. `entries` has the apex
   * and every empty non-terminal. An interrupted call leaves the zone as it was, and can be repeated.
   */
  replace(apex: Name, entries: Iterable<Entry>, told?: (done: number) => void): Promise<void>
  /** Changes what `plan` says, at once. Where others change the zone meanwhile `plan` is called again. */
  edit(apex: Name, plan: (zone: ZoneReader) => Promise<readonly Change[]>): Promise<void>
  /** Removes a zone. */
  remove(apex: Name): Promise<void>
  /**
   * Calls `changed` whenever something in a zone may have changed, or without an apex where anything may have; new zones and
   * removed ones too. Returns how to end it. Left out where the store cannot tell.
   */
  watch?(changed: (apex?: Name) => void): () => void
  close(): Promise<void>
}

/** The labels of a name below a zone's apex: folded, in wire form without the apex. Empty for the apex itself. */
export type Owner = Uint8Array

export interface Entry {
  readonly owner: Owner
  readonly value: string
}

/** A value to be, or undefined where the name is to go. */
export interface Change {
  readonly owner: Owner
  readonly value: string | undefined
}

export interface Snapshot {
  /** Another after each `replace`: values of two versions are never used together. */
  readonly version: string
  /** In the order of the owners, and where they were read too of the others; undefined where there is nothing, and nothing below. */
  readonly values: readonly (string | undefined)[]
}

/** A zone while it is edited. */
export interface ZoneReader {
  get(owners: readonly Owner[]): Promise<readonly (string | undefined)[]>
  /** Has the zone names below this one, besides those that are about to go? */
  hasBelow(owner: Owner, gone: readonly Owner[]): Promise<boolean>
}

/** The value of a name that owns nothing and has names below. */
export const EMPTY = '{}'

/** A store that cannot be reached, or does not do what it is asked. The message is one line. */
export class StoreError extends Error {
  readonly code = 'STORE'
  override name = 'StoreError'
}

/** A value that is none. The message is one line. */
export class ValueError extends Error {
  readonly code = 'VALUE'
  override name = 'ValueError'
}

/** How to reach Redis. Times in milliseconds. */
export interface RedisOptions {
  /** `HOST:PORT` of one server, or of several nodes of a cluster. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** `cluster`: the addresses are nodes of one. `{ sentinel }`: they are sentinels that know this master. */
  readonly mode?: 'cluster' | { readonly sentinel: string } | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly db?: number | undefined
  /** PEM texts; left out: no TLS. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
  /** What stands around a zone's name in its key. */
  readonly prefix: string
  readonly suffix: string
  readonly connectTimeout: number
  /** How long opening waits for a connection; left out: that it cannot be made is an error. */
  readonly patience?: number
  readonly readTimeout: number
  /** Told what is not as good as it could be. */
  readonly warn?: (line: string) => void
}
