import { type Cidr, cidrOf, isIPv4, parseAddress, parseCidr } from '../address.ts'
import { WireError } from '../dns/error.ts'
import { type Name, parseName } from '../dns/name.ts'
import { classCode, rcodeCode, typeCode } from '../dns/rdata/registry.ts'
import { parseDuration } from './duration.ts'
import { parseHost, splitPort } from './host.ts'
import { Complaint, type ValueType } from './spec.ts'
import { didYouMean } from './suggest.ts'

/** The kinds of words that directives take. */

/** Bounds, both inclusive. */
export interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** Any word, the empty one too. */
export const word: ValueType<string> = { label: 'word', parse: (text) => text }

/** A file's name; not empty. Relative to the `root` folder. */
export const fileName: ValueType<string> = {
  label: 'file',
  parse(text) {
    if (text === '') throw new Complaint('must be the name of a file')
    if (text.includes('\0')) throw new Complaint('is no file name: it has a NUL in it')
    return text
  },
}

/** A whole number in decimal digits. */
export function integer({ min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}): ValueType<number> {
  return {
    label: boundsText({ min, max }) || 'number',
    parse(text) {
      if (!/^[+-]?\d+$/.test(text)) throw new Complaint('must be a whole number')
      return within(Number(text), { min, max }, String)
    },
  }
}

/** A duration in Go's syntax within bounds, not negative by default. The value and the bounds are milliseconds. */
export function durationWithin(bounds: Bounds): ValueType<number> {
  return { label: 'duration', parse: (text) => within(parseDuration(text), bounds, plainDuration) }
}

/** A duration in Go's syntax (`1h30m`, `500ms`, `1.5s`), not negative. Milliseconds; a number without unit is refused. */
export const duration: ValueType<number> = durationWithin({ min: 0 })

/** As `duration`, or a bare number of seconds. The value is milliseconds. */
export const seconds: ValueType<number> = {
  label: 'seconds or duration',
  parse: (text) => duration.parse(/^[+-]?\d+$/.test(text) ? `${text}s` : text),
}

/** A TTL in seconds: 0 to 2^31-1 (RFC 2181 §8). */
export const ttl: ValueType<number> = { ...integer({ min: 0, max: 0x7fff_ffff }), label: 'seconds' }

/**
 * A zone's name, folded. As CoreDNS does with zones in a plugin's arguments, a CIDR network or address stands for its reverse
 * zones; a `rest('zones', zone)` has all of them, while a single argument must stand for one (see `zones`).
 */
export const zone: ValueType<Name> = {
  label: 'zone',
  parse(text) {
    const found = zones.parse(text)
    if (found.length > 1) throw new Complaint(`stands for ${found.length} zones: only one can be given here`)
    return found[0]
  },
  expand: (text) => zones.parse(text),
}

/** All zones that one word stands for: 10.0.0.0/15 is two. Folded, at least one. A scheme or port is read over. */
export const zones: ValueType<readonly Name[]> = {
  label: 'zone',
  parse: (text) => parseHost(text.replace(/^(dns|tls|https|grpc|quic|https3):\/\//, '')).zones,
}

/** A domain name with its case kept; relative names are taken as absolute. */
export const name: ValueType<Name> = {
  label: 'name',
  parse(text) {
    try {
      return parseName(text)
    } catch (error) {
      if (error instanceof WireError) throw new Complaint(`is no domain name: ${error.message}`)
      throw error
    }
  },
}

/** A port number, 0 to 65535. */
export const port: ValueType<number> = { ...integer({ min: 0, max: 65_535 }), label: 'port' }

/** An IP address, as 4 or 16 octets. */
export const ipAddress: ValueType<Uint8Array> = {
  label: 'address',
  parse(text) {
    const address = parseAddress(text)
    if (!address) throw new Complaint('must be an IP address')
    return address
  },
}

/** A network in CIDR notation. */
export const cidr: ValueType<Cidr> = {
  label: 'network',
  parse(text) {
    const network = parseCidr(text)
    if (!network) throw new Complaint('must be a network such as 192.0.2.0/24')
    return network
  },
}

/** A network in CIDR notation, or an address, which is a network of one. */
export const network: ValueType<Cidr> = {
  label: 'network',
  parse(text) {
    const address = parseAddress(text)
    const found = address ? cidrOf(address, isIPv4(address) ? 32 : 128) : parseCidr(text)
    if (!found) throw new Complaint('must be a network such as 192.0.2.0/24, or an address')
    return found
  },
}

/** What `hostPort` reads. */
export interface HostPort {
  /** An address without brackets or a name; empty for `:PORT`. */
  readonly host: string
  readonly port: number
}

/** `HOST:PORT`, `[ADDRESS]:PORT`, `:PORT`; also `HOST` alone (an IPv6 address without brackets too) with a default port. */
export function hostPort(defaultPort?: number): ValueType<HostPort> {
  return {
    label: defaultPort === undefined ? 'host:port' : 'host[:port]',
    parse(text) {
      const bare = defaultPort !== undefined && parseAddress(text) !== undefined
      const { host, port } = bare ? { host: text, port: defaultPort } : splitPort(text)
      if (/[\s/]/.test(host)) throw new Complaint('must be a host and a port')
      if (port === undefined && defaultPort === undefined) throw new Complaint('must have a port')
      return { host, port: port ?? defaultPort! }
    },
  }
}

/** One of the words given. */
export function oneOf<const Word extends string>(words: readonly Word[]): ValueType<Word> {
  return {
    label: words.join('|'),
    literal: true,
    parse(text) {
      const found = words.find((candidate) => candidate === text)
      if (found === undefined) throw new Complaint(`must be ${listText(words)}${didYouMean(text, words)}`)
      return found
    },
  }
}

/** `on` or `off`. */
export const boolean: ValueType<boolean> = {
  label: 'on|off',
  literal: true,
  parse: (text) => onOff.parse(text) === 'on',
}
const onOff = oneOf(['on', 'off'])

/** `10%`, as a number from 0 to 100. */
export const percentage: ValueType<number> = {
  label: 'percentage',
  parse(text) {
    if (!/^[+-]?\d+%$/.test(text)) throw new Complaint('must be a percentage such as 10%')
    return within(Number(text.slice(0, -1)), { min: 0, max: 100 }, (value) => `${value}%`)
  },
}

/** A record type by mnemonic or as TYPE65280 (RFC 3597 §5), in any case. */
export const rrtype: ValueType<number> = coded('record type', typeCode)

/** A class by mnemonic or as CLASS32, in any case. */
export const rrclass: ValueType<number> = coded('class', classCode)

/** A response code by mnemonic, in any case. */
export const rcode: ValueType<number> = coded('response code', rcodeCode)

function coded(label: string, codeOf: (text: string) => number | undefined): ValueType<number> {
  return {
    label,
    parse(text) {
      const code = codeOf(text)
      if (code === undefined) throw new Complaint(`must be a ${label}`)
      return code
    },
  }
}

function within(value: number, { min, max }: Bounds, text: (value: number) => string): number {
  if (min !== undefined && value < min) {
    if (min === 0) throw new Complaint('must not be negative', true)
    throw new Complaint(`must be at least ${text(min)}`, true)
  }
  if (max !== undefined && value > max) throw new Complaint(`must be at most ${text(max)}`, true)
  return value
}

function boundsText({ min, max }: Required<Bounds>): string {
  return max === Number.MAX_SAFE_INTEGER ? '' : `${min}–${max}`
}

/** `1m`, not `1m0s`, in messages. */
function plainDuration(milliseconds: number): string {
  if (milliseconds % 3_600_000 === 0) return `${milliseconds / 3_600_000}h`
  if (milliseconds % 60_000 === 0) return `${milliseconds / 60_000}m`
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}

/** `a, b or c` */
function listText(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
