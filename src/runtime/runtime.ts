import type { AnalyticsDataset } from '../analytics.ts'
import type { HttpResource } from '../capabilities.ts'
import type { Name } from '../dns/name.ts'
import type { Registry } from '../metrics/registry.ts'
import type { RedisOptions, ZoneStore } from '../store/store.ts'
import type { LoadedZone } from '../zone/view.ts'

/** What differs between Node and Workers. Everything else (fetch, crypto, timers, TextEncoder) both have. */
export interface Runtime {
  readonly name: 'node' | 'workers'
  /** What this server is called: the machine's name, or at the edge the code of the location. */
  readonly hostname?: string
  /** A variable of the process's environment, or at the edge of the Worker's. */
  readonly env?: (name: string) => string | undefined
  readonly files: Files
  readonly log: Log
  /** Opens a TCP or TLS connection. Rejects with a one-line reason. */
  connect(options: ConnectOptions): Promise<Connection>
  /** Sends datagrams; undefined where the platform has no UDP. */
  readonly datagram?: DatagramFactory
  /** Speaks to an HTTPS server over a connection of one's own making; `fetch` does where left out. */
  readonly https?: HttpsClientFactory
  /** The addresses of a host, as the system finds them; undefined where connections take host names as they are. */
  readonly lookup?: (host: string) => Promise<readonly string[]>
  /** What the process counts. Left out: each configuration counts for itself. */
  readonly metrics?: Registry
  /** Where each query is told of (Workers Analytics Engine); left out where there is no such binding. */
  readonly analytics?: AnalyticsDataset
  /** Counts what the platform tells of itself (memory, garbage collection, event loop), from now on. */
  readonly measurePlatform?: () => void
  /**
   * Serves a resource at its address; all that name one address share a listener. `configuration` tells those of one
   * from those of the next. Left out where there is nothing to listen on. Rejects with a one-line reason.
   */
  readonly listenHttp?: (resource: HttpResource, configuration: object) => Promise<HttpListener>
  /** What opens databases that say where addresses are. Left out where the platform knows that (`Peer.place`). */
  readonly geoDatabases?: () => Promise<(octets: Uint8Array) => GeoDatabase>
  /** Takes a profile of this thread for so many milliseconds: JSON for the engine's tools. */
  readonly profile?: (kind: ProfileKind, milliseconds: number) => Promise<string>
  /** Threads that can work at the same time. */
  readonly parallelism?: number
  /** True for a thread that serves the same configuration as another one, which does what is to be done once. */
  readonly isFollower?: boolean
  /** What is wrong with a certificate and its key (PEM), in one line; undefined where nothing is. */
  readonly certificateFault?: (cert: string, key: string) => string | undefined
  /** Opens stores of zones. */
  readonly stores?: Stores
  /** Holds octets that others near by find again: other isolates of this Worker, and those that come after it. */
  readonly sharedCache?: SharedCache
  /** True where sockets, connections and promises belong to the request that made them (Workers): nothing to share. */
  readonly perRequestIo?: boolean
  /**
   * Takes connections at an address. The next configuration may have the same one before the last has given it up; then it
   * gets them. Left out where there is nothing to listen on. Rejects with a one-line reason.
   */
  readonly listenStream?: (options: ListenOptions, accept: (connection: Connection) => void) => Promise<StreamListener>
  /** Messages between threads that serve the same configuration: each gets those of the others under this name. */
  readonly channel?: (name: string, received: (message: unknown) => void) => Channel
  /** Starts a program with its arguments; left out where there are none. */
  readonly run?: (words: readonly string[]) => Command
  /** The addresses of a network interface by its name; undefined where there is no such interface. */
  interfaceAddresses(name: string): readonly string[] | undefined
  /** Ends the server, with this reason in the log, where going on would do harm. Left out where there is nothing to end. */
  readonly fail?: (reason: string) => void
  /** Keeps the worker alive until the promise settles; on Node it only catches. */
  waitUntil(promise: Promise<unknown>): void
}

/** May forget at any time. Keys are made of letters, digits, `-`, `.` and `/`. */
export interface SharedCache {
  /** Undefined where nothing is kept under the key. Rejects where the platform fails. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Keeps octets for so many seconds at most. */
  put(key: string, octets: Uint8Array, seconds: number): Promise<void>
}

/** A database in MaxMind's format. */
export interface GeoDatabase {
  /** `GeoLite2-City` */
  readonly type: string
  /** The record of an address. Throws where the database is damaged. */
  find(address: string): unknown
}

/** What a profile tells: who takes time, or memory. */
export type ProfileKind = 'cpu' | 'heap'

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** Where to tell what every thread finds out by itself, such as a changed file: one of them tells it. */
export const noticesOf = ({ isFollower, log }: Runtime): Log => (isFollower ? SILENT : log)

/** The kinds of stores that this side has. Opening rejects with StoreError where the store can never be of use as configured. */
export interface Stores {
  /** A SQLite file, made where it is not there. */
  sqlite?(path: string): Promise<ZoneStore>
  redis?(options: RedisOptions): Promise<ZoneStore>
  /** A Workers KV namespace, by the name of its binding. */
  kv?(binding: string): Promise<ZoneStore>
  /** What is wrong with a binding, in one line; undefined where nothing is. */
  kvFault?(binding: string): string | undefined
}

/** An address that an HttpResource is served at. */
export interface HttpListener {
  readonly port: number
  close(): Promise<void>
}

/** Where connections are taken. */
export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** A socket of the file system in place of host and port. */
  readonly path?: string
  readonly tls?: TlsServerOptions
}

/** PEM texts. With `ca`, clients must have a certificate signed by it; with `optional`, one that they show must be. */
export interface TlsServerOptions {
  readonly cert: string
  readonly key: string
  readonly ca?: string
  readonly optional?: boolean
}

export interface Channel {
  /** What can be cloned; it is the sender's no more than the receivers'. */
  post(message: unknown): void
  close(): void
}

/** A program that runs. */
export interface Command {
  /** Rejects with a one-line reason where it could not be started, or failed. */
  readonly ended: Promise<void>
  /** Tells it to end. */
  kill(): void
}

export interface StreamListener {
  close(): Promise<void>
}

/** Where plugins read files from: those of the machine, or in a Worker those that the build took along. */
export interface Files {
  /** The file's octets. Rejects with a one-line reason: `cannot read zones/db.x: no such file`. */
  read(path: string): Promise<Uint8Array>
  /** Compiles (Node) or fetches (Workers) the zone file. Rejects with ZoneError or a one-line reason. */
  zone(path: string, origin: Name): Promise<LoadedZone>
  /**
   * Calls `changed` whenever the file's content may have changed, or the names that `walk` found below a folder, looking at
   * least every `interval` ms. Returns how to end it. Files of a deployed Worker never change: there it does nothing.
   */
  watch(path: string, interval: number, changed: () => void): () => void
  /** Names in a folder (not below it). */
  list(folder: string): Promise<string[]>
  /**
   * Paths of the files in a folder and in all folders below it, relative to it, in the order of their names. Left out is what is
   * hidden (`.name`), and links to folders are not followed.
   */
  walk(folder: string): Promise<string[]>
  /** `path` below `folder`, where it is relative. */
  join(folder: string, path: string): string
}

/** One line per call, without the level. Node writes in batches; `error` and `warn` go to stderr. */
export interface Log {
  info(line: string): void
  warn(line: string): void
  error(line: string): void
  /** As `info`, in UTF-8: for those who make a hundred thousand lines a second. The octets may change afterwards. */
  infoOctets?(line: Uint8Array): void
  /** A line as it is, in a form of its own (JSON); as information where left out. */
  print?(line: string): void
}

/** How to connect. Times in milliseconds. */
export interface ConnectOptions {
  readonly host: string
  readonly port: number
  /** A socket of the file system in place of host and port, on Node. */
  readonly path?: string
  readonly tls?: TlsClientOptions
  /** Local address to connect from. */
  readonly source?: string
  readonly timeout: number
}

/** PEM texts, and what the server's certificate must be for (the host where left out). */
export interface TlsClientOptions {
  readonly serverName?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** Protocols to offer (RFC 7301). */
  readonly alpn?: readonly string[]
  /** Takes whatever certificate the server shows: only where a user's configuration says so. Not on Workers. */
  readonly insecure?: boolean
}

/** An address of this machine, as text, and a port. */
export interface LocalEnd {
  readonly address: string
  readonly port: number
}

/** A stream of octets both ways. */
export interface Connection {
  write(bytes: Uint8Array): void
  /** Octets written that the system has not taken yet. */
  readonly waiting: number
  /** This end of it; undefined where the platform does not tell. */
  readonly local?: LocalEnd
  close(): void
  onData(listener: (bytes: Uint8Array) => void): void
  /** Called once when the other side ended or the connection broke. */
  onClose(listener: (reason?: Error) => void): void
}

/** `source`: the local address to send from. Rejects with a one-line reason. */
export type DatagramFactory = (host: string, port: number, source?: string) => Promise<DatagramSocket>

/** A UDP socket connected to one upstream, from a port of the system's choice. */
export interface DatagramSocket {
  /** This end of it. */
  readonly local?: LocalEnd
  send(bytes: Uint8Array): void
  onMessage(listener: (bytes: Uint8Array) => void): void
  onError(listener: (reason: Error) => void): void
  close(): void
}

/** Where an HTTPS server is. */
export interface HttpsOptions extends ConnectOptions {
  /** Milliseconds that a connection is kept without use. */
  readonly idle: number
  /** Milliseconds that a connection is used; for ever where 0 or left out. */
  readonly maxAge?: number
}
/** Makes a client for one HTTPS server. */
export type HttpsClientFactory = (options: HttpsOptions) => HttpsClient

/** Sends requests to one HTTPS server, over as few connections as it can. */
export interface HttpsClient {
  /** Rejects with a one-line reason; so does a body of more than `limit` octets. */
  request(request: HttpsRequest): Promise<HttpsResponse>
  /** The connection may be dead without telling: requests from now on go over another one. */
  renew(): void
  close(): void
}

/** What an HttpsClient sends. */
export interface HttpsRequest {
  readonly method: 'GET' | 'POST'
  /** With the query. */
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: Uint8Array
  readonly signal: AbortSignal
  readonly limit: number
}

/** What an HttpsClient receives. */
export interface HttpsResponse {
  readonly status: number
  /** The Content-Type field. */
  readonly type: string
  /** The Age field (RFC 9111 §5.1): seconds. */
  readonly age: number
  readonly body: Uint8Array
}
