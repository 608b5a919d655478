import { CLASS, TYPE } from '../../dns/constants.ts'
import { isWithin, type Name, parentOf } from '../../dns/name.ts'
import { NameIndex } from '../../dns/nameindex.ts'
import { RRset } from '../../dns/rrset.ts'
import { reverseName } from '../../reverse.ts'
import { AddressColumn } from './addresscolumn.ts'
import type { HostSink } from './hostsfile.ts'

/**
 * Names that one address gets PTR records for. Lists that block by pointing at 0.0.0.0 have 100,000 names for it, which
 * would fit in no reply.
 */
export const MAX_REVERSE_NAMES = 128

export interface HostTableOptions {
  /** Names elsewhere are left out. */
  readonly zones: readonly Name[]
  /** Seconds. */
  readonly ttl: number
  /** Make PTR records. */
  readonly reverse: boolean
}

/** What hosts files say, as a table from names to record sets. Made for lists of 100,000 names and more. */
export class HostTable implements HostSink {
  readonly #options: HostTableOptions
  readonly #exact = new Hosts()
  /** `*.example.org` stands under `example.org`. */
  readonly #wild = new Hosts()
  readonly #reverse = new NameIndex()
  /** By number in `#reverse`: the numbers of the hosts that have the address. */
  readonly #reverseHosts: number[][] = []
  #lastAddress: Uint8Array | undefined
  #lastReverse = -1
  #reverseEntries = 0

  constructor(options: HostTableOptions) {
    this.#options = options
  }

  /** Addresses of names, and names of addresses. */
  get entries(): number {
    return this.#exact.addresses + this.#wild.addresses + this.#reverseEntries
  }

  host(address: Uint8Array, name: Name): void {
    if (!this.#options.zones.some((zone) => isWithin(name, zone))) return
    if (name[0] === 1 && name[1] === ASTERISK) {
      this.#wild.add(parentOf(name), address)
      return
    }
    const number = this.#exact.add(name, address)
    if (this.#options.reverse) this.#addReverse(address, number)
  }

  /** Does the name, or a wildcard one label above it, have an address? */
  has(name: Name): boolean {
    return this.#exact.names.find(name) >= 0 || this.#wild.names.find(name, parentAt(name)) >= 0
  }

  /** The name's addresses, of type A or AAAA; undefined where there are none. */
  addresses(name: Name, type: number): RRset | undefined {
    let hosts = this.#exact
    let number = hosts.names.find(name)
    if (number < 0) {
      hosts = this.#wild
      number = name.length > 1 ? hosts.names.find(name, parentAt(name)) : -1
    }
    if (number < 0) return undefined
    return (type === TYPE.A ? hosts.v4 : hosts.v6).rrset(number, name, type, this.#options.ttl)
  }

  /** The PTR records of a name in in-addr.arpa or ip6.arpa. */
  reverse(name: Name): RRset | undefined {
    const number = this.#reverse.find(name)
    if (number < 0) return undefined
    const targets = this.#reverseHosts[number].map((host) => this.#exact.names.name(host))
    return RRset.of(name, TYPE.PTR, this.#options.ttl, targets, CLASS.IN)
  }

  #addReverse(address: Uint8Array, host: number): void {
    if (address !== this.#lastAddress) {
      this.#lastAddress = address
      this.#lastReverse = this.#reverse.add(reverseName(address))
    }
    this.#reverseHosts[this.#lastReverse] ??= []
    const hosts = this.#reverseHosts[this.#lastReverse]
    if (hosts.length >= MAX_REVERSE_NAMES || hosts.includes(host)) return
    hosts.push(host)
    this.#reverseEntries++
  }
}

const ASTERISK = 42

/** Where in a name the one above it starts; the root is above itself. */
const parentAt = (name: Name): number => (name.length > 1 ? name[0] + 1 : 0)

class Hosts {
  readonly names = new NameIndex()
  readonly v4 = new AddressColumn(4)
  readonly v6 = new AddressColumn(16)
  addresses = 0

  add(name: Name, address: Uint8Array): number {
    const number = this.names.add(name)
    const column = address.length === 4 ? this.v4 : this.v6
    if (column.add(number, address)) this.addresses++
    return number
  }
}
