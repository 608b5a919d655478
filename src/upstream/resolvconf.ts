/** The addresses after `nameserver` in a resolv.conf file (resolv.conf(5)), without interfaces (`%eth0`). */
export function nameservers(text: string): string[] {
  const found: string[] = []
  for (const line of text.split('\n')) {
    const [keyword, address] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && address) found.push(address.split('%', 1)[0])
  }
  return found
}
