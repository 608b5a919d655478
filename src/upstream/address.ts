import { parseAddress } from '../address.ts'

/** How an upstream is spoken to: plain DNS over UDP and TCP, DNS over TLS (RFC 7858), or DNS over HTTPS (RFC 8484). */
export type UpstreamTransport = 'dns' | 'tls' | 'https'

/** Where an upstream is. */
export interface UpstreamAddress {
  readonly transport: UpstreamTransport
  /** An address without brackets, or a host name. */
  readonly host: string
  readonly port: number
  /** The name that the upstream's certificate must be for; the host where left out. */
  readonly serverName?: string
  /** Of DNS over HTTPS. */
  readonly path: string
}

export const DEFAULT_PORT: { readonly [T in UpstreamTransport]: number } = { dns: 53, tls: 853, https: 443 }
export const DOH_PATH = '/dns-query'

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i
/** `HOST[%NAME][:PORT]`; an IPv6 address may stand in brackets, with NAME inside or behind them. */
const BRACKETED = /^\[([^\]%]*)(?:%([^\]]*))?\](?:%([^:]*))?(?::(\d+))?$/
const PLAIN = /^([^%:[\]]*)(?:%([^:]*))?(?::(\d+))?$/

/**
 * Reads `[dns://|tls://|https://]HOST[%NAME][:PORT]`, for https with a path too. NAME is the server name for TLS; for plain
 * DNS the interface of a link-local address. Returns what is wrong as text.
 */
export function parseUpstream(text: string): UpstreamAddress | string {
  const scheme = SCHEME.exec(text)
  const transport = scheme ? scheme[1].toLowerCase() : 'dns'
  if (!isTransport(transport)) return `${transport} is not supported as a transport`
  const { place, path } = splitPath(transport, scheme ? text.slice(scheme[0].length) : text)
  if (typeof path !== 'string') return 'a path other than of https has no meaning here'
  if (path === '/') return `the path / is not allowed: leave it out, or write it in full, as in ${DOH_PATH}`
  const parts = splitPlace(place)
  if (!parts || parts.host === '') return 'must be an address, a host name or a file'
  const { host, mark, port = DEFAULT_PORT[transport] } = parts
  if (port < 1 || port > 65_535) return 'must have a port of 1–65535 after the colon'
  if (transport === 'dns') return { transport, host: mark ? `${host}%${mark}` : host, port, path: '' }
  return { transport, host, port, serverName: mark || undefined, path: transport === 'https' ? path || DOH_PATH : '' }
}

/** `dns://192.0.2.1:53`, `tls://[2001:db8::1]:853`: for messages, metrics and `dig`-like output. */
export function upstreamText({ transport, host, port, path }: UpstreamAddress): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (transport === 'dns') return authority
  return `${transport}://${authority}${path === DOH_PATH ? '' : path}`
}

/** An IP address, with or without the interface of a link-local one (`fe80::1%eth0`). */
export const isAddress = (host: string): boolean => parseAddress(host.split('%', 1)[0]) !== undefined

const isTransport = (text: string): text is UpstreamTransport => Object.hasOwn(DEFAULT_PORT, text)

function splitPath(transport: UpstreamTransport, text: string): { place: string; path: string | undefined } {
  const slash = text.indexOf('/')
  if (slash < 0) return { place: text, path: '' }
  return { place: text.slice(0, slash), path: transport === 'https' ? text.slice(slash) : undefined }
}

function splitPlace(text: string): { host: string; mark: string | undefined; port: number | undefined } | undefined {
  const bracketed = BRACKETED.exec(text)
  if (bracketed) {
    const [, host, inside, behind, port] = bracketed
    return { host, mark: inside ?? behind, port: port === undefined ? undefined : Number(port) }
  }
  // An IPv6 address without brackets has more colons than one; a port can then stand behind %NAME only.
  const head = text.split('%', 1)[0]
  if (head.indexOf(':') !== head.lastIndexOf(':')) {
    const found = /^([0-9a-f:.]+)(?:%([^:]*)(?::(\d+))?)?$/i.exec(text)
    return found ? { host: found[1], mark: found[2], port: found[3] ? Number(found[3]) : undefined } : undefined
  }
  const plain = PLAIN.exec(text)
  return plain ? { host: plain[1], mark: plain[2], port: plain[3] ? Number(plain[3]) : undefined } : undefined
}
