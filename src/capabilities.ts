import type { EdnsOption } from './dns/edns.ts'
import type { Name } from './dns/name.ts'
import type { RRset } from './dns/rrset.ts'
import { type Key, key } from './key.ts'
import type { Site } from './listenerplan.ts'
import type { Counter } from './metrics/counter.ts'
import type { Watcher } from './plugin.ts'
import type { Peer, Query, ServerName, Transport } from './query.ts'
import type { Reply } from './reply.ts'
import type { LocalEnd } from './runtime/runtime.ts'

/** What plugins of one block offer each other and the server: found by these keys, never by importing the plugin. */

/** `root`: the folder that relative file names start from. */
export const RootFolder: Key<string> = key('root/folder')

/** `bind`: addresses or interface names to listen on, and those left out. */
export interface BindAddresses {
  readonly addresses: readonly string[]
  readonly except: readonly string[]
}
/** Provided by `bind`. */
export const Bind: Key<BindAddresses> = key('bind/addresses')

/** `multisocket`: how many sockets there are for an address, each served by a thread of its own. */
export const Sockets: Key<number> = key('multisocket/sockets')

/** `tls`: PEM texts, filled when the plugin has loaded. */
export interface TlsSettings {
  cert: string
  key: string
  /** Certificates that may sign clients'. */
  ca?: string
  clientAuth: 'nocert' | 'request' | 'require' | 'verify_if_given' | 'require_and_verify'
  /** File that session keys are appended to (SSLKEYLOGFILE format). */
  keylog?: string
}
/** Provided by `tls`. */
export const Tls: Key<TlsSettings> = key('tls/settings')

/** `reload`: how often the Corefile is looked at, and who is told what came of that. Milliseconds. */
export interface ReloadSettings {
  readonly interval: number
  readonly jitter: number
  /** A reload has failed. */
  failed(): void
  /** The configuration with this SHA-512 hash is in use. */
  inUse(hash: string): void
}
/** Provided by `reload`. */
export const ReloadInterval: Key<ReloadSettings> = key('reload/interval')

/** `https`, `timeouts` …: limits that a listener obeys. Milliseconds and counts. */
export interface ListenerLimits {
  /** The listeners meant; all of the block's where left out. */
  only?: 'dns' | 'tls' | 'https'
  maxConnections?: number
  readTimeout?: number
  writeTimeout?: number
  idleTimeout?: number
  maxTcpQueries?: number
  /** `shed`: queries that may wait at a UDP socket. The newest is served first, and beyond it the oldest is dropped. */
  shed?: number
  /** `proxyproto`: how headers of the PROXY protocol are taken. */
  proxy?: ProxyProtocol
  /** Counts those dropped by a server (`dns://127.0.0.1:53`). */
  shedCounter?: (server: string) => Counter
}
/** Provided by who limits the block's listeners. */
export const Limits: Key<ListenerLimits> = key('listener/limits')

/** What becomes of a PROXY header: it names the client, is thrown away, costs the connection, or is not looked for. */
export type ProxyPolicy = 'use' | 'ignore' | 'reject' | 'skip'

export interface ProxyProtocol {
  policyOf(address: string): ProxyPolicy
  /** How long a header holds for the datagrams after it that have none; 0: not at all. Milliseconds. */
  readonly sessionLifetime: number
  readonly maxSessions: number
}

/** Called for each reply of the block after it was written: `log`, metrics and dnstap. Must not throw or wait. */
export interface Tap {
  /**
   * `size` in octets, 0 where nothing was sent; `duration` in milliseconds. `wire`: the message, the first of a transfer,
   * undefined where nothing was sent.
   */
  sent(query: Query, reply: Reply, size: number, duration: number, wire?: Uint8Array): void
}
/** Provided by who wants to see the replies of the block. */
export const ReplyTap: Key<Tap> = key('server/tap')

/** Called for what a server answers without any block, as `sent`, and for each HTTP response: metrics. */
export interface ServerTap extends Tap {
  /** A response of DNS over HTTPS. */
  responded(server: ServerName, status: number): void
}
/** Provided by who wants to see what servers answer without a block. */
export const ServerTaps: Key<ServerTap> = key('server/own-tap')

/** Shared by all blocks of a configuration: where they are reached. There from `load` on. */
export const Sites: Key<readonly Site[]> = key('server/sites')

/** Shared by all blocks of a configuration: whether queries may be explained, so that plugins remember more than they need. */
export const Explains: Key<{ on: boolean }> = key('explain/on')
/** A query to another server. */
export interface UpstreamExchange {
  readonly address: string
  readonly port: number
  readonly transport: Transport
  /** This end, where it is known: on the first message over a socket it is not yet. */
  readonly local?: LocalEnd | undefined
  readonly message: Uint8Array
  /** When it was sent: milliseconds since 1970. */
  readonly since: number
}

/** Told of what a plugin asks other servers for a query, and of their answers: dnstap. Must not throw or wait. */
export interface UpstreamTap {
  asked(query: Query, exchange: UpstreamExchange): void
  answered(query: Query, exchange: UpstreamExchange, message: Uint8Array): void
}
export const UpstreamTaps: Key<UpstreamTap> = key('upstream/tap')

/** Put around each plugin of the block's chain. */
export const ChainWatcher: Key<Watcher> = key('block/watcher')

/** `health`, `ready`, `prometheus`: something to be had by HTTP, on Node at its own address, at the edge beside DNS. */
export interface HttpResource {
  /** `/health` */
  readonly path: string
  readonly address: HttpAddress
  respond(request: ResourceRequest): HttpAnswer | Promise<HttpAnswer>
  /** Called when its address is bound, with the port. */
  listening?(port: number): void
  /** The error where the address is not to be had. */
  fault(reason: string): Error
}
/** Provided by who has something to show by HTTP. */
export const HttpResources: Key<HttpResource> = key('http/resource')

/** Where an HttpResource is to be had on Node. */
export interface HttpAddress {
  /** An address or name; '' is every address of this machine, `localhost` both of loopback. */
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
}

/** A GET or HEAD request for a resource. */
export interface ResourceRequest {
  /** Path and query, or the whole URL. */
  readonly target: string
  /** A header field's value, by its name in lower case. */
  header(name: string): string | undefined
  readonly peer: Peer
}

/** The response of an HttpResource. */
export interface HttpAnswer {
  readonly status: number
  /** The media type. */
  readonly type: string
  readonly body: string
  /** Other header fields. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Called with what a plugin of the block threw: `errors`. */
export interface ErrorSink {
  failed(query: Query, error: unknown): void
}
/** Provided by who is told of failures in place of the log. */
export const Errors: Key<ErrorSink> = key('server/errors')

/** `debug`: errors are logged with their stack. */
export const Debug: Key<boolean> = key('server/debug')

/** `view`: whether a query belongs to the block at all. */
export interface ViewFilter {
  readonly name: string
  accepts(query: Query): boolean
  /** Why it does not take the query, in a few words: for explanations. */
  explain?(query: Query): string | undefined
}
/** Provided by who decides which queries the block is for. */
export const View: Key<ViewFilter> = key('view/filter')

/** `bufsize`: cap of UDP replies and of the size announced. Octets. */
export const UdpSize: Key<number> = key('server/udp-size')

/** Options that a block adds to each reply with an OPT (nsid). */
export const ReplyOptions: Key<(query: Query) => EdnsOption | undefined> = key('server/options')

/** What `autopath @PLUGIN` asks for. */
export interface SearchPath {
  /** The plugin that offers it. */
  readonly plugin: string
  /** The domains that this client appends to names, in order, without the root; undefined where they are not known. */
  of(query: Query): readonly Name[] | undefined
}
/** Provided by who knows the search paths of clients. */
export const SearchPaths: Key<SearchPath> = key('autopath/search')

/** A zone as it is at one moment; it does not change any more. */
export interface ZoneContent {
  /** The SOA record's. */
  readonly serial: number
  /** Every record set, the SOA's first (RFC 5936 §2.2), made as they are asked for. */
  rrsets(): Iterable<RRset>
}

/** Zones held in this block by `file`, `auto` and the like: `transfer` sends them to others. */
export interface ZoneSource {
  /** The apexes of all, loaded or not. Folded. */
  readonly apexes: Iterable<Name>
  /** The zone with this apex as it is now; undefined where it is not held or could not be loaded. */
  zone(apex: Name): ZoneContent | undefined
}
/** Provided by who holds zones. */
export const Zones: Key<ZoneSource> = key('zone/source')

/** Told the apex of a zone of this block that is there for the first time or has a new serial: `transfer` notifies others. */
export const ZoneChanged: Key<(apex: Name) => void> = key('zone/changed')

/**
 * Left on a query by who puts EDNS options into it (rewrite): the codes of those that upstreams are to get. Other options
 * are the client's own, and stay here.
 */
export const UpstreamOptions: Key<readonly number[]> = key('query/upstream-options')
