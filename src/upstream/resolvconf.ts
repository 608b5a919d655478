import { foldName, type Name, parseName } from '../dns/name.ts'

/** The addresses after `nameserver` in a resolv.conf file (resolv.conf(5)), without interfaces (`%eth0`). */
export function nameservers(text: string): string[] {
  const found: string[] = []
  for (const line of text.split('\n')) {
    const [keyword, address] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && address) found.push(address.split('%', 1)[0])
  }
  return found
}

/**
 * The domains that a resolver appends to names, folded: those of the last `search` or `domain` line (resolv.conf(5)).
 * Throws WireError where one is no name.
 */
export function searchDomains(text: string): Name[] {
  let domains: readonly string[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/)
    if (keyword === 'search') domains = words
    else if (keyword === 'domain') domains = words.slice(0, 1)
  }
  return domains.map((domain) => foldName(parseName(domain)))
}
