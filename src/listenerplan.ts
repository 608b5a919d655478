import type { BlockBuilder } from './block.ts'
import { Bind } from './capabilities.ts'
import { ConfigError, type Position } from './corefile/error.ts'
import type { ServerKey } from './corefile/parse.ts'
import { type Name, nameText } from './dns/name.ts'
import { addressText } from './httpaddress.ts'
import type { ServerName } from './query.ts'

/** How a listener is reached: plain DNS is UDP and TCP both. */
export type Scheme = ServerKey['transport']

/** A listener to be: one address and port, and the zones that the keys of blocks put there. */
export interface Planned {
  /** `dns://127.0.0.1:53` */
  readonly url: string
  readonly transport: Scheme
  readonly address: string
  readonly port: number
  /** True where no `bind` asked for this address: a machine without it is no error. */
  optional: boolean
  /** The zones as the keys have them: without scheme and port. */
  readonly texts: string[]
  readonly zones: Map<BlockBuilder, Name[]>
  /** The first key that leads here. */
  readonly at: Position
}

/** Where blocks are reached together: a listener, or the edge. */
export interface Site {
  readonly name: ServerName
  readonly transport: Scheme
  /** '' at the edge. */
  readonly address: string
  readonly port: number
  readonly zones: ReadonlyMap<BlockBuilder, readonly Name[]>
}

/** Blocks without `bind` are reached from this machine only. */
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1']
const DEFAULT_PORT: Record<Scheme, number> = { dns: 53, tls: 853, https: 443 }

/** Gathers which blocks stand behind which address and port, and finds zones served twice and ports used for two things. */
export class ListenerPlan {
  readonly #planned = new Map<string, Planned>()
  /** By address and port. */
  readonly #sockets = new Map<string, Planned>()
  /** By transport, port and zone: the blocks that serve it so far. */
  readonly #claims = new Map<string, Claim[]>()
  readonly #ports: Record<Scheme, number>

  /** `defaultPort` is for plain DNS; 53 where left out. */
  constructor(defaultPort: number = DEFAULT_PORT.dns) {
    this.#ports = { ...DEFAULT_PORT, dns: defaultPort }
  }

  /** In the order of the keys. */
  get planned(): readonly Planned[] {
    return [...this.#planned.values()]
  }

  /** Returns what is wrong with the block's keys. */
  add(block: BlockBuilder): ConfigError[] {
    const errors: ConfigError[] = []
    const addresses = boundAddresses(block)
    for (const key of block.source.keys) {
      const port = key.port ?? this.#ports[key.transport]
      const problems = this.#claim(block, key, port, addresses)
      for (const address of addresses ?? LOOPBACK) {
        const planned = this.#at(key, address, port)
        if (planned.transport !== key.transport) problems.push(portTaken(key, planned))
        else this.#lead(planned, block, key, !addresses)
      }
      errors.push(...problems.slice(0, 1))
    }
    return errors
  }

  /** What listens at the key's address and port, or now will. */
  #at({ transport, at }: ServerKey, address: string, port: number): Planned {
    const socket = addressText({ host: address, port })
    const url = `${transport}://${socket}`
    // The system gives out port 0 as many times as it likes.
    const there = this.#planned.get(url) ?? (port === 0 ? undefined : this.#sockets.get(socket))
    if (there) return there
    const planned = { url, transport, address, port, optional: true, texts: [], zones: new Map(), at }
    this.#planned.set(url, planned)
    this.#sockets.set(socket, planned)
    return planned
  }

  #lead(planned: Planned, block: BlockBuilder, key: ServerKey, isOptional: boolean): void {
    planned.optional &&= isOptional
    planned.texts.push(zoneText(key))
    const zones = planned.zones.get(block) ?? []
    planned.zones.set(block, zones)
    zones.push(...key.zones)
  }

  #claim(block: BlockBuilder, key: ServerKey, port: number, addresses: Claim['addresses']): ConfigError[] {
    const errors: ConfigError[] = []
    for (const zone of key.zones) {
      const id = `${key.transport}:${port}:${nameText(zone)}`
      const claims = this.#claims.get(id) ?? []
      this.#claims.set(id, claims)
      const rival = port === 0 ? undefined : claims.find((claim) => overlaps(claim.addresses, addresses))
      if (!block.hasView && rival) errors.push(alreadyServed(key, rival.at))
      else if (!block.hasView) claims.push({ addresses, at: key.at })
      else if (rival && covers(rival.addresses, addresses)) block.warn(neverAsked(key.text, rival.at), key.at)
    }
    return errors
  }
}

/**
 * Notes on keys that no query comes to at the edge, where the ports that tell them apart elsewhere do not count, and of all blocks
 * only some are asked.
 */
export function hiddenAtEdge(blocks: readonly BlockBuilder[], asked: readonly BlockBuilder[]): string[] {
  const taken = new Map<string, BlockBuilder>()
  const notes: string[] = []
  for (const block of asked) {
    for (const { text, zones, at } of block.source.keys) {
      const rival = zones.map((zone) => taken.get(nameText(zone))).find((other) => other && other !== block)
      const message = `${text}: not asked at the edge, where ports do not count: another block has the zone`
      if (rival) notes.push(new ConfigError(`${message}, at ${whereIs(rival.source.at)}`, at).message)
      else if (!block.hasView) for (const zone of zones) taken.set(nameText(zone), block)
    }
  }
  const served = new Set(asked.flatMap((block) => block.zones.map(nameText)))
  // The same zone over HTTPS is what is meant for the edge.
  for (const block of blocks.filter((block) => !asked.includes(block)))
    for (const { text, zones, at } of block.source.keys)
      if (!zones.every((zone) => served.has(nameText(zone))))
        notes.push(new ConfigError(`${text}: not asked at the edge, where only the https:// blocks are`, at).message)
  return notes
}

/** A zone served at a port, by a block that takes every query. */
interface Claim {
  /** Undefined: bound to no address in particular. */
  readonly addresses: readonly string[] | undefined
  readonly at: Position
}

/** Without `bind` a block meets every other on its port, as with CoreDNS: which addresses it means is not its own choice. */
function overlaps(one: Claim['addresses'], other: Claim['addresses']): boolean {
  return !one || !other || one.some((address) => other.includes(address))
}

const covers = (one: Claim['addresses'] = LOOPBACK, other: Claim['addresses'] = LOOPBACK): boolean =>
  other.every((address) => one.includes(address))

function alreadyServed({ text, at }: ServerKey, by: Position): ConfigError {
  const rule = 'only a view can tell two blocks for one zone and port apart'
  return new ConfigError(`${text} is already served by the block at ${whereIs(by)}; ${rule}, got "${text}"`, at)
}

function neverAsked(text: string, by: Position): string {
  return `${text}: this block is never asked, as the one at ${whereIs(by)} takes every query; blocks with a view go first`
}

function portTaken({ text, transport, at }: ServerKey, there: Planned): ConfigError {
  const socket = addressText({ host: there.address, port: there.port })
  const use = `${socket} is used for ${there.transport}:// by the block at ${whereIs(there.at)}`
  return new ConfigError(`${use} and cannot be for ${transport}:// too, got "${text}"`, at)
}

const whereIs = ({ file, line }: Position): string => `${file}:${line}`

function boundAddresses(block: BlockBuilder): readonly string[] | undefined {
  const binds = block.all(Bind)
  if (binds.length === 0) return undefined
  const addresses = binds.flatMap(({ addresses, except }) => addresses.filter((address) => !except.includes(address)))
  return [...new Set(addresses)]
}

function zoneText({ text, port }: ServerKey): string {
  const withoutScheme = text.replace(/^[a-z0-9]+:\/\//i, '')
  return port === undefined ? withoutScheme : withoutScheme.slice(0, withoutScheme.lastIndexOf(':'))
}
