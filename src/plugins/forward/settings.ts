import type { Position } from '../../corefile/error.ts'
import type { Name } from '../../dns/name.ts'
import type { DohMethod } from '../../upstream/doh.ts'
import type { PolicyName } from './policy.ts'

/** One use of `forward`, checked. Times in milliseconds. */
export interface ForwardSettings {
  readonly from: Name
  readonly to: readonly Target[]
  readonly except: readonly Name[]
  readonly forceTcp: boolean
  readonly preferUdp: boolean
  readonly expire: number
  readonly maxAge: number
  readonly maxIdle: number
  readonly readTimeout: number
  /** Failed checks after which an upstream is down; 0: never. */
  readonly maxFails: number
  /** Tries that may fail for one query; 0 for any number; undefined: twice the number of upstreams. */
  readonly maxConnectAttempts: number | undefined
  readonly dohMethod: DohMethod
  /** Names of files: [CERT KEY] [CA]; undefined without `tls`. */
  readonly tls: readonly string[]
  readonly tlsServerName: string | undefined
  readonly policy: PolicyName
  readonly health: HealthSettings
  /** Queries under way at one time; 0 for any number. */
  readonly maxConcurrent: number
  readonly next: readonly number[]
  readonly nextOnNodata: boolean
  readonly failFast: boolean
  readonly failover: readonly number[]
  readonly source: string | undefined
  /** Servers that host names among the upstreams are looked up with; the system's where empty. */
  readonly resolvers: readonly { readonly host: string; readonly port: number }[]
  /** Codes of the EDNS options that go on from the client to the upstream, and back. */
  readonly options: readonly number[]
}

/** A word of TO. */
export interface Target {
  readonly text: string
  readonly at: Position
}

export interface HealthSettings {
  readonly interval: number
  readonly recursionDesired: boolean
  readonly domain: Name
}
