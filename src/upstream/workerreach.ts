import { type Cidr, parseAddress, parseCidr } from '../address.ts'

/** https://www.cloudflare.com/ips/, and the resolvers 1.1.1.1 and 1.0.0.1. */
const CLOUDFLARE = networks(
  '1.0.0.0/24 1.1.1.0/24 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 104.16.0.0/13 104.24.0.0/14 108.162.192.0/18 ' +
    '131.0.72.0/22 141.101.64.0/18 162.158.0.0/15 172.64.0.0/13 173.245.48.0/20 188.114.96.0/20 190.93.240.0/20 ' +
    '197.234.240.0/22 198.41.128.0/17 2400:cb00::/32 2405:8100::/32 2405:b500::/32 2606:4700::/32 2803:f800::/32 ' +
    '2a06:98c0::/29 2c0f:f248::/32',
)
/** Cloudflare's resolvers by name. */
const CLOUDFLARE_NAMES =
  /^(.+\.)?(cloudflare-dns\.com|cloudflare-gateway\.com|one\.one\.one\.one|dns\.cloudflare\.com)\.?$/i
/** RFC 6890's addresses that mean another machine to each reader, or none. */
const PRIVATE = networks(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 ::/128 ::1/128 fc00::/7 fe80::/10',
)

/** What `connect()` of a Worker makes of an address: its own network's and private ones are refused. */
export function reachFromWorker(host: string): 'open' | 'cloudflare' | 'private' {
  const address = parseAddress(host.split('%', 1)[0])
  if (!address) return CLOUDFLARE_NAMES.test(host) ? 'cloudflare' : 'open'
  if (CLOUDFLARE.some((network) => network.contains(address))) return 'cloudflare'
  return PRIVATE.some((network) => network.contains(address)) ? 'private' : 'open'
}

function networks(text: string): Cidr[] {
  return text.split(' ').map((word) => parseCidr(word)!)
}
