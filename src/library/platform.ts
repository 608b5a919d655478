import type { ImportSource } from '../corefile/import.ts'
import type { Corefile } from '../corefile/parse.ts'
import type { Listener } from '../instance.ts'
import type { Files, Log, Runtime } from '../runtime/runtime.ts'
import type { AssetsOptions } from './options.ts'

/** What a server needs of the platform that the library runs on. */
export interface Platform {
  readonly log: Log
  /** Where a Corefile's text imports files from; nowhere where left out. */
  readonly imports?: ImportSource
  /** Lets a promise settle although the request that made it is gone. */
  waitUntil(promise: Promise<unknown>): void
  /** `files` gives what is used in place of the platform's own, which it is given where there are some. */
  runtime(log: Log, files: (own: Files | undefined) => Files): Runtime
  /** The files and the Corefile that `coredge build` made. */
  readonly fromAssets?: (options: AssetsOptions) => Promise<{ corefile: Corefile; files: Files }>
  /** Opens sockets for listeners. */
  readonly listen?: (listeners: readonly Listener[], warn: (line: string) => void) => Promise<OpenSockets>
}

/** The sockets of a server. */
export interface OpenSockets {
  /** `dns://127.0.0.1:1053`, in the order of the Corefile. */
  readonly urls: readonly string[]
  /** Answers what is under way, then closes. */
  close(): Promise<void>
}

/** Log lines on the console. */
export const consoleLog: Log = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
}

/** A platform of which nothing is known: files in memory, the console, and HTTPS by fetch. */
export const anywhere: Platform = {
  log: consoleLog,
  waitUntil: () => {},
  runtime: (log, files) => ({
    name: 'workers',
    files: files(undefined),
    log,
    connect: ({ host, port }) => Promise.reject(new Error(`no connections here: ${host}:${port}`)),
    interfaceAddresses: () => undefined,
    waitUntil: (promise) => void promise.catch((error: unknown) => log.error(String(error))),
  }),
}
