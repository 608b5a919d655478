import { type Cidr, cidrOf, isIPv4, parseAddress, parseCidr, unmapAddress } from '../../address.ts'
import { Complaint, type ValueType } from '../../corefile/spec.ts'
import { parseUpstream, type UpstreamAddress } from '../../upstream/address.ts'

/** Who may have a zone, as one word of a `to` line names them. */
export interface Receiver {
  /** Undefined: anyone. */
  readonly network: Cidr | undefined
  /** The interface of a link-local address. */
  readonly scope: string | undefined
  /** Where notices go; undefined where none can: `*` and networks. */
  readonly notified: UpstreamAddress | undefined
}

const ANYONE: Receiver = { network: undefined, scope: undefined, notified: undefined }

/** `*`, a network, or an address with or without a port. */
export const receiver: ValueType<Receiver> = {
  label: 'address',
  parse(text) {
    if (text === '*') return ANYONE
    const network = parseCidr(text)
    return network ? { network, scope: undefined, notified: undefined } : readAddress(text)
  },
}

function readAddress(text: string): Receiver {
  const place = text.includes('://') ? undefined : parseUpstream(text)
  const [host, scope] = typeof place === 'object' ? place.host.split('%') : []
  const address = host === undefined ? undefined : parseAddress(host)
  if (typeof place !== 'object' || !address)
    throw new Complaint('must be * or an IP address, with a port where it is not 53, or a network')
  return { network: networkOf(unmapAddress(address)), scope, notified: place }
}

const networkOf = (address: Uint8Array): Cidr => cidrOf(address, isIPv4(address) ? 32 : 128)

/** Is the client with this address one of those meant? */
export function isMeant({ network, scope }: Receiver, client: string): boolean {
  if (!network) return true
  const [text, itsScope] = client.split('%')
  const address = parseAddress(text)
  return address !== undefined && network.contains(address) && (scope === undefined || scope === itsScope)
}
