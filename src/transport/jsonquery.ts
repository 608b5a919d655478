import { parseClientSubnet } from '../clientsubnet.ts'
import { CLASS, FLAG, TYPE } from '../dns/constants.ts'
import type { Edns, EdnsOption } from '../dns/edns.ts'
import { WireError } from '../dns/error.ts'
import { HEADER } from '../dns/header.ts'
import { type Name, parseName } from '../dns/name.ts'
import { optLength } from '../dns/opt.ts'
import { typeCode } from '../dns/rdata/registry.ts'
import { type Peer, Query } from '../query.ts'
import { HttpError } from './http.ts'

const OUR_UDP_SIZE = 1232

/**
 * The query that the parameters of Google's and Cloudflare's JSON APIs describe; of a repeated one the first counts. Throws
 * HttpError.
 */
export function readJsonQuery(params: URLSearchParams, peer: Peer): Query {
  const name = readName(params.get('name'))
  const type = readType(params.get('type'))
  const subnet = params.get('edns_client_subnet')
  // With an OPT record, so that plugins tell what went wrong (RFC 8914 §3), and AD, so that they tell of validation.
  const edns: Edns = {
    version: 0,
    udpSize: OUR_UDP_SIZE,
    dnssecOk: readFlag(params, 'do'),
    options: subnet ? [readSubnet(subnet)] : [],
  }
  const flags = FLAG.RD | FLAG.AD | (readFlag(params, 'cd') ? FLAG.CD : 0)
  // As large as the same query in wire format.
  const size = HEADER + name.length + 4 + optLength(edns.options)
  return new Query(name, type, CLASS.IN, 0, flags, edns, peer, size)
}

function readName(text: string | null): Name {
  if (!text) throw new HttpError(400, 'missing parameter: name')
  // A lone @ stands for an origin, of which there is none here.
  const ascii = text === '@' ? '\\@' : toAscii(text)
  try {
    return parseName(ascii)
  } catch (error) {
    if (error instanceof WireError) throw badParameter('name', text, 'a domain name')
    throw error
  }
}

/** Labels in other scripts than ASCII become A-labels (RFC 5890), by the rules of URLs (UTS #46). */
function toAscii(text: string): string {
  return text
    .split('.')
    .map((label) => (isAscii(label) ? label : labelToAscii(label, text)))
    .join('.')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text)

function labelToAscii(label: string, name: string): string {
  // What would end the host in a URL has no place in such a label.
  const url = `http://${label}`
  const host = /[\s/?#@:%<>[\]\\|^]/.test(label) || !URL.canParse(url) ? '' : new URL(url).hostname
  if (!/^[a-z0-9_.-]+$/.test(host)) throw badParameter('name', name, 'a domain name')
  return host
}

function readType(text: string | null): number {
  if (!text) return TYPE.A
  const type = /^\d{1,5}$/.test(text) ? Number(text) : typeCode(text)
  if (!type || type > 65_535) throw badParameter('type', text, 'a record type or a number from 1 to 65535')
  return type
}

function readFlag(params: URLSearchParams, name: string): boolean {
  const text = (params.get(name) ?? '').toLowerCase()
  if (text === '' || text === '0' || text === 'false') return false
  if (text === '1' || text === 'true') return true
  throw badParameter(name, text, '0, 1, true or false')
}

function readSubnet(text: string): EdnsOption {
  const option = parseClientSubnet(text)
  if (!option) throw badParameter('edns_client_subnet', text, 'an address and prefix, such as 192.0.2.0/24')
  return option
}

function badParameter(name: string, text: string, expected: string): HttpError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new HttpError(400, `bad parameter: ${name}: expected ${expected}, got ${JSON.stringify(shown)}`)
}
