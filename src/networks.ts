import { type Cidr, isIPv4, unmapAddress } from './address.ts'

/** Many networks, among which an address is found in a few steps. */
export class Networks {
  readonly #v4: readonly Cidr[]
  readonly #v6: readonly Cidr[]

  constructor(networks: readonly Cidr[]) {
    this.#v4 = outermost(networks.filter(({ address }) => isIPv4(address)))
    this.#v6 = outermost(networks.filter(({ address }) => !isIPv4(address)))
  }

  /** Is the address in one of them? IPv4-mapped addresses count as IPv4. */
  contains(address: Uint8Array): boolean {
    const own = unmapAddress(address)
    if (isIPv4(own) && isIn(this.#v4, own)) return true
    return !isIPv4(address) && isIn(this.#v6, address)
  }
}

/** Networks are apart from each other: only the last that begins at the address or before it can have it. */
function isIn(networks: readonly Cidr[], address: Uint8Array): boolean {
  let to = networks.length
  if (to === 1) return networks[0].contains(address)
  let from = 0
  while (from < to) {
    const middle = (from + to) >>> 1
    if (compare(networks[middle].address, address) <= 0) from = middle + 1
    else to = middle
  }
  return from > 0 && networks[from - 1].contains(address)
}

/** In order, without those that lie in others: two networks are never in one another in part. */
function outermost(networks: readonly Cidr[]): readonly Cidr[] {
  const out: Cidr[] = []
  for (const network of networks.toSorted((a, b) => compare(a.address, b.address) || a.prefix - b.prefix))
    if (!out.at(-1)?.contains(network.address)) out.push(network)
  return out
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return 0
}
