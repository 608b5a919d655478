import { type Cidr, parseAddress, parseCidr } from 'coredge'
import { show, textOf, type Value, ValueError } from './value.ts'

interface ExpressionFunction {
  readonly arity: number
  call(args: readonly Value[]): Value
}

export const FUNCTIONS: { readonly [name: string]: ExpressionFunction } = {
  atoi: { arity: 1, call: ([text]) => wholeNumber(textOf(text, 'atoi')) },
  incidr: { arity: 2, call: ([ip, cidr]) => isInCidr(textOf(ip, 'incidr'), textOf(cidr, 'incidr')) },
  random: { arity: 0, call: () => Math.random() },
}

function wholeNumber(text: string): number {
  const isWhole = /^[+-]?\d+$/.test(text)
  const value = isWhole ? BigInt(text.replace('+', '')) : 0n
  if (isWhole && BigInt.asIntN(64, value) === value) return Number(value)
  throw new ValueError(`atoi takes a whole number, got ${show(text)}`)
}

/** IPv6 addresses may stand in brackets, as `client_ip` has them. */
function isInCidr(ip: string, cidr: string): boolean {
  const address = parseAddress(ip.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/s, ''))
  if (!address) throw new ValueError(`incidr takes an IP address first, got ${show(ip)}`)
  return networkOf(cidr).contains(address)
}

/** Networks come from Corefiles, and every query asks for the same. */
const networks = new Map<string, Cidr>()
const MAX_NETWORKS = 1000

function networkOf(text: string): Cidr {
  const known = networks.get(text)
  if (known) return known
  const network = parseCidr(text)
  if (!network) throw new ValueError(`incidr takes a network second, such as 192.0.2.0/24, got ${show(text)}`)
  if (networks.size >= MAX_NETWORKS) networks.clear()
  networks.set(text, network)
  return network
}
