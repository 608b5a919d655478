import { isIPv4, parseAddress, parseCidr } from '../address.ts'
import { WireError } from '../dns/error.ts'
import { foldName, type Name, parseName } from '../dns/name.ts'
import { reverseZones } from '../reverse.ts'
import { Complaint } from './spec.ts'

/** What a word like `example.org:53` or `10.0.0.0/15` says: the zones that it stands for, and a port where it has one. */
export interface Host {
  /** Folded. More than one for a network between two cuts of the reverse tree. */
  readonly zones: readonly Name[]
  readonly port: number | undefined
  /** True where it was a bare address: taken as its own reverse zone. */
  readonly isAddress: boolean
}

/**
 * Reads `ZONE[:PORT]`, where ZONE is a name (with or without the last dot; empty for the root before a port), a network in
 * CIDR notation, or an address, which stands for its reverse zone; IPv6 addresses before a port stand in brackets.
 * Throws a Complaint.
 */
export function parseHost(text: string): Host {
  const { host, port } = splitPort(text)
  const address = parseAddress(host)
  const network = address ? parseCidr(`${host}/${isIPv4(address) ? 32 : 128}`) : parseCidr(host)
  if (network) return { zones: reverseZones(network), port, isAddress: address !== undefined }
  refuseNearMisses(host)
  return { zones: [zoneName(host)], port, isAddress: false }
}

/** A zone's name, folded. Throws a Complaint. */
export function zoneName(text: string): Name {
  if (/\s/.test(text)) throw new Complaint('must not have a blank in it')
  if (text === '@') throw new Complaint('must be a name: there is no origin that @ could stand for')
  try {
    return foldName(parseName(text || '.'))
  } catch (error) {
    if (error instanceof WireError) throw new Complaint(`is no domain name: ${error.message}`)
    throw error
  }
}

/** Splits `HOST:PORT`; the brackets around an IPv6 address or network are taken off. Throws a Complaint. */
export function splitPort(text: string): { host: string; port: number | undefined } {
  if (text === '') throw new Complaint('must not be empty')
  const bracket = /^\[([^\]]*)\](?::(.*))?$/s.exec(text)
  if (bracket) {
    if (!parseAddress(bracket[1]) && !parseCidr(bracket[1]))
      throw new Complaint('must have an IPv6 address in its brackets')
    return { host: bracket[1], port: bracket[2] === undefined ? undefined : parsePort(bracket[2]) }
  }
  const colon = text.lastIndexOf(':')
  if (colon < 0 || parseCidr(text)) return { host: text, port: undefined }
  if (text.indexOf(':') !== colon && parseAddress(text))
    throw new Complaint('must have brackets around its IPv6 address, or a prefix length')
  return { host: text.slice(0, colon), port: parsePort(text.slice(colon + 1)) }
}

/** 0 to 65535; 0 leaves the choice to the system. Throws a Complaint. */
export function parsePort(text: string): number {
  if (text === '') throw new Complaint('must have a port after the colon')
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Complaint('must have a port of 0–65535 after the colon')
  return Number(text)
}

/** Words that would be lawful names, but that nobody means as such. */
function refuseNearMisses(host: string): void {
  if (/^[\d.]+\/\d*$/.test(host) || (host.includes(':') && host.includes('/')))
    throw new Complaint('must be a full address and a prefix length')
  if (host.includes(':')) throw new Complaint('must not have a colon in its name')
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) throw new Complaint('must be a name or a right IPv4 address')
}
