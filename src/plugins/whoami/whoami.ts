import { isIPv4, parseAddress, unmapAddress } from '../../address.ts'
import { TYPE } from '../../dns/constants.ts'
import { MAX_NAME, type Name } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

/** An empty answer; the client's address and, as an SRV record, its port are in the additional section. */
export function whoami(query: Query): Reply {
  const additional: RRset[] = []
  const found = parseAddress(query.peer.address)
  if (found) {
    const address = unmapAddress(found)
    const type = isIPv4(address) ? TYPE.A : TYPE.AAAA
    additional.push(RRset.of(query.name, type, 0, [address], query.class))
  }
  const { name, peer } = query
  const owner = prefixed(peer.transport === 'udp' ? UDP : TCP, name)
  if (owner) additional.push(RRset.of(owner, TYPE.SRV, 0, [portOnly(peer.port)], query.class))
  return query.reply({ aa: true, additional })
}

const UDP = Uint8Array.of(4, 95, 117, 100, 112) // _udp
const TCP = Uint8Array.of(4, 95, 116, 99, 112) // _tcp

/** Undefined where the name has no room for another label. */
function prefixed(label: Uint8Array, name: Name): Name | undefined {
  if (label.length + name.length > MAX_NAME) return undefined
  const owner = new Uint8Array(label.length + name.length)
  owner.set(label)
  owner.set(name, label.length)
  return owner
}

/** RDATA of an SRV record with priority and weight 0 and the root as target (RFC 2782). */
function portOnly(port: number): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, port >> 8, port & 255, 0)
}
