import { parseAddress } from '../address.ts'
import type { Edns } from '../dns/edns.ts'
import { writeQuery } from '../dns/message.ts'
import { isWithin, type Name } from '../dns/name.ts'
import type { Site } from '../listenerplan.ts'
import type { Peer, Transport } from '../query.ts'

/** A query to be explained, and where it is supposed to come from. */
export interface ExplainRequest {
  readonly name: Name
  readonly type: number
  readonly class: number
  /** RD, AD, CD (see FLAG). */
  readonly flags: number
  readonly edns: Edns | undefined
  readonly transport: Transport
  /** Where the client is supposed to be, without brackets. */
  readonly client: string
  /** The port of the server asked; any where left out. */
  readonly port: number | undefined
}

/** A port as clients have it. */
const CLIENT_PORT = 40_000
const ID = 1

export function messageOf({ name, type, class: rclass, flags, edns }: ExplainRequest): Uint8Array {
  return writeQuery({ id: ID, name, type, class: rclass, flags, edns })
}

/** The client as the server at `site` would see it. */
export function peerAt(site: Site, { transport, client }: ExplainRequest): Peer {
  const isV6 = client.includes(':')
  const localAddress = parseAddress(site.address) ? site.address : isV6 ? '::' : '0.0.0.0'
  return { transport, address: client, port: CLIENT_PORT, localAddress, localPort: site.port }
}

/**
 * Which of the sites would be asked: of those that speak the transport at the port, the one with the longest zone for the
 * name, best in the client's address family. Undefined where there is none. The edge speaks HTTPS alone.
 */
export function siteFor(sites: readonly Site[], { transport, port, name, client }: ExplainRequest): Site | undefined {
  const scheme = transport === 'udp' || transport === 'tcp' ? 'dns' : transport
  const able = sites.filter((site) => site.transport === scheme && (port === undefined || site.port === port))
  const rank = (site: Site): number => {
    const zones = [...site.zones.values()].flat().filter((zone) => isWithin(name, zone))
    const isNear = site.address.includes(':') === client.includes(':')
    return 2 * Math.max(0, ...zones.map((zone) => zone.length)) + Number(isNear)
  }
  return able.toSorted((a, b) => rank(b) - rank(a))[0]
}

/** `dns://127.0.0.1:53, https://:443` */
export const siteNames = (sites: readonly Site[]): string => sites.map(({ name }) => name.text).join(', ')
