import { addressText, parseAddress } from '../../address.ts'
import { Sites, Tls, type TlsSettings } from '../../capabilities.ts'
import { certificateSubject } from '../../certificate.ts'
import { isWithin } from '../../dns/name.ts'
import type { Site } from '../../listenerplan.ts'
import type { Block } from '../../plugin.ts'
import { DOH_PATH } from '../../upstream/address.ts'
import { type Endpoint, isHostName } from './endpoint.ts'

/** Settings of the plugin that are about the server's own listeners. */
export interface OwnSettings {
  /** What clients are to call this server; the certificate says it where left out. */
  readonly name: string | undefined
  /** In place of the addresses that the listeners are bound to. */
  readonly hints: readonly string[]
}

const UNSPECIFIED = ['0.0.0.0', '::']

/** The TLS and HTTPS listeners at which the whole of this block's zones is to be had, those of one port together. */
export function ownEndpoints(block: Block, { name, hints }: OwnSettings): Endpoint[] {
  const found = new Map<string, Endpoint>()
  for (const site of block.shared(Sites, () => [])) {
    const { transport, port, address } = site
    if (transport === 'dns' || !servesAll(site, block)) continue
    const target = name ?? nameOf(tlsOf(site))
    // Without a certificate it is what a proxy speaks to, whose own address we do not know.
    if (!tlsOf(site) || target === undefined) continue
    const key = `${transport} ${target} ${port}`
    const addresses = hints.length > 0 ? hints : [...(found.get(key)?.addresses ?? []), ...known(address)]
    found.set(key, { transport, name: target, port, path: DOH_PATH, addresses })
  }
  return [...found.values()]
}

/** The Worker itself, by the name that its client used. */
export function edgeEndpoints(host: string | undefined, { name, hints }: OwnSettings): Endpoint[] {
  const target = name ?? host
  if (target === undefined || !isHostName(target)) return []
  return [{ transport: 'https', name: target, port: 443, path: DOH_PATH, h3: true, addresses: hints }]
}

/** An address that others can use: not all of them, and none of one interface only. */
const known = (address: string): string[] => (UNSPECIFIED.includes(address) || !parseAddress(address) ? [] : [address])

function servesAll({ zones }: Site, block: Block): boolean {
  const served = [...zones.values()].flat()
  return block.zones.every((zone) => served.some((other) => isWithin(zone, other)))
}

function tlsOf({ zones }: Site): TlsSettings | undefined {
  for (const block of zones.keys()) if (block.find(Tls)) return block.find(Tls)
  return undefined
}

function nameOf(tls: TlsSettings | undefined): string | undefined {
  return tls && certificateSubject(tls.cert).names.find((name) => !name.startsWith('*') && isHostName(name))
}

/**
 * The addresses at which clients ask this block unencrypted, and for which a certificate is not: they cannot make sure then
 * that both is the same resolver (RFC 9462 §4.2).
 */
export function unverifiable(block: Block): string[] {
  const sites = block.shared(Sites, () => [])
  const certificates = sites.filter((site) => servesAll(site, block)).flatMap((site) => tlsOf(site) ?? [])
  const covered = certificates.map(({ cert }) => new Set(certificateSubject(cert).addresses))
  const asked = sites.filter(({ transport, zones }) => transport === 'dns' && has(zones, block))
  const addresses = new Set(asked.flatMap(({ address }) => known(address)))
  return [...addresses].filter((address) => covered.some((one) => !one.has(canonical(address))))
}

const has = (zones: Site['zones'], block: Block): boolean => [...zones.keys()].some((one) => one === block)

const canonical = (address: string): string => addressText(parseAddress(address)!)
