import { type Name, nameText } from '../../dns/name.ts'
import { parseRecord } from '../../dns/presentation.ts'
import type { RRset } from '../../dns/rrset.ts'
import { DEFAULT_PORT, DOH_PATH } from '../../upstream/address.ts'

/** Where clients find an encrypted resolver. */
export interface Endpoint {
  readonly transport: 'tls' | 'https'
  /** The name that its certificate is for. */
  readonly name: string
  readonly port: number
  /** Of https. */
  readonly path: string
  /** Cloudflare's front speaks HTTP/3 too. */
  readonly h3?: boolean
  /** Its addresses, as far as they are known. */
  readonly addresses: readonly string[]
}

/** One SVCB record in ServiceMode for each endpoint, the first one preferred (RFC 9461 §4–5, RFC 9462 §4). */
export function serviceRecord(owner: Name, ttl: number, endpoint: Endpoint, priority: number): RRset {
  const { transport, name, port, path, h3 } = endpoint
  const [v4, v6] = byFamily(endpoint)
  const params = [
    transport === 'tls' ? 'alpn=dot' : `alpn=${h3 ? 'h2,h3' : 'h2'}`,
    ...(port === DEFAULT_PORT[transport] ? [] : [`port=${port}`]),
    ...(v4.length > 0 ? [`ipv4hint=${v4.join()}`] : []),
    ...(v6.length > 0 ? [`ipv6hint=${v6.join()}`] : []),
    ...(transport === 'https' ? [`dohpath=${path || DOH_PATH}{?dns}`] : []),
  ]
  return parseRecord(`${nameText(owner)} ${ttl} IN SVCB ${priority} ${name}. ${params.join(' ')}`)
}

/** The addresses of the endpoint's name, for the additional section (RFC 9460 §4.1). */
export function addressRecords(ttl: number, endpoint: Endpoint): string[] {
  const [v4, v6] = byFamily(endpoint)
  const records = (type: string, addresses: readonly string[]) =>
    addresses.map((address) => `${endpoint.name}. ${ttl} IN ${type} ${address}`)
  return [...records('A', v4), ...records('AAAA', v6)]
}

function byFamily({ addresses }: Endpoint): [v4: string[], v6: string[]] {
  return [addresses.filter((one) => !one.includes(':')), addresses.filter((one) => one.includes(':'))]
}

/** A name for people's computers (RFC 1123 §2.1), which a TargetName is in a URL. */
export const isHostName = (text: string): boolean =>
  text.length < 254 && /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
