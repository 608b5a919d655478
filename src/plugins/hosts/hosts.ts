import { CLASS, RCODE, TYPE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { isWithin } from '../../dns/name.ts'
import type { RRset } from '../../dns/rrset.ts'
import type { Fallthrough } from '../../fallthrough.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { reasonOf } from '../../reason.ts'
import { Reply } from '../../reply.ts'
import { noticesOf, type Runtime } from '../../runtime/runtime.ts'
import { WatchedFile } from '../../watchedfile.ts'
import type { HostsFigures } from './figures.ts'
import { readHostsFile } from './hostsfile.ts'
import { HostTable, type HostTableOptions } from './hosttable.ts'

export interface HostsOptions extends HostTableOptions {
  readonly path: string
  /** How often to look at the file; 0 for never again. Milliseconds. */
  readonly interval: number
  /** Lines of the Corefile. */
  readonly inline: string
  readonly fallthrough: Fallthrough
  /** Also for types that a hosts file cannot have, where the name exists. */
  readonly fallthroughUnsupported: boolean
}

const NODATA = new Reply({ aa: true })
/** A hosts file has no SOA, without which NXDOMAIN cannot be said (RFC 2308 §3). */
const NO_SUCH_HOST = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, 'not in the hosts file')

/** Answers from a hosts file and from lines of the Corefile. */
export class Hosts implements Plugin {
  readonly name = 'hosts'
  readonly #options: HostsOptions
  readonly #file: WatchedFile
  /** Tells the user what is no error. */
  #warn: (message: string) => void
  #table: HostTable
  readonly #runtime: Runtime
  readonly #figures: HostsFigures
  #end: (() => void) | undefined

  constructor(options: HostsOptions, runtime: Runtime, figures: HostsFigures, warn: (message: string) => void) {
    this.#figures = figures
    this.#options = options
    this.#warn = warn
    this.#file = new WatchedFile('hosts', {
      runtime,
      path: options.path,
      interval: options.interval,
      apply: (content) => this.#read(content),
    })
    this.#table = this.#tableOf(new Uint8Array(0))
    this.#runtime = runtime
  }

  /** A file that cannot be read is no error: the lines of the Corefile are served, and the file once it is there. */
  async load(): Promise<void> {
    try {
      await this.#file.load()
    } catch (error) {
      this.#warn(reasonOf(error))
    }
  }

  start(): void {
    this.#warn = (message) => noticesOf(this.#runtime).warn(`plugin/hosts: ${message}`)
    this.#file.start()
    this.#end = this.#figures.entries.follow([this.#options.path], () => this.#table.entries)
  }

  stop(): void {
    this.#file.stop()
    this.#end?.()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const { name, type } = query
    if (query.class !== CLASS.IN) return next(query)
    if (type === TYPE.PTR) {
      // Reverse zones need not be among the plugin's own.
      const set = this.#table.reverse(name)
      return set ? answer(set) : next(query)
    }
    const { zones, fallthrough, fallthroughUnsupported } = this.#options
    if (!zones.some((zone) => isWithin(name, zone))) return next(query)
    if (type === TYPE.A || type === TYPE.AAAA) {
      const set = this.#table.addresses(name, type)
      if (set) return answer(set)
    }
    if (!this.#table.has(name)) return fallthrough.through(name) ? next(query) : NO_SUCH_HOST
    if (type === TYPE.A || type === TYPE.AAAA) return NODATA
    return fallthroughUnsupported && fallthrough.through(name) ? next(query) : NODATA
  }

  explain({ name, type, class: rclass }: Query, passes: boolean): string | undefined {
    if (!passes) return undefined
    if (rclass !== CLASS.IN) return 'only class IN is for it'
    if (type === TYPE.PTR) return 'no line has the address'
    if (!this.#options.zones.some((zone) => isWithin(name, zone))) return 'the name is in none of its zones'
    const has = this.#table.has(name) ? 'has the name, but not for this type' : 'has no line for the name'
    return `${has}, and fallthrough is for it`
  }

  #read(content: Uint8Array): void {
    this.#table = this.#tableOf(content)
    this.#figures.readAt.set(Date.now() / 1000)
  }

  #tableOf(file: Uint8Array): HostTable {
    const table = new HostTable(this.#options)
    const bad = readHostsFile(file, table)
    const { path } = this.#options
    if (bad.length === 1) this.#warn(`${path}: line ${bad[0]} is no address with names`)
    if (bad.length > 1)
      this.#warn(`${path}: ${bad.length} lines are no address with names, the first is line ${bad[0]}`)
    readHostsFile(new TextEncoder().encode(this.#options.inline), table)
    return table
  }
}

function answer(set: RRset): Reply {
  return new Reply({ aa: true, answer: [set] })
}
