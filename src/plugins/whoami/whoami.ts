import { isIPv4, parseAddress, unmapAddress } from '../../address.ts'
import { TYPE } from '../../dns/constants.ts'
import { copy } from '../../dns/copy.ts'
import { putU16 } from '../../dns/header.ts'
import { MAX_NAME, type Name } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'

/** RDATA of an SRV record with priority and weight 0, a port and the root as target (RFC 2782), behind its length. */
const SRV_SIZE = 9
const NO_SETS: readonly RRset[] = []

/** An empty answer; the client's address and, as an SRV record, its port are in the additional section. */
export function whoami({ name, class: rclass, peer }: Query): Reply {
  const additional: RRset[] = []
  const found = parseAddress(peer.address)
  const address = found && unmapAddress(found)
  const size = address ? 2 + address.length : 0
  const data = new Uint8Array(size + SRV_SIZE)
  if (address) {
    data[1] = address.length
    copy(address, 0, address.length, data, 2)
    additional.push(new RRset(name, isIPv4(address) ? TYPE.A : TYPE.AAAA, rclass, 0, data, 0, size))
  }
  const owner = prefixed(peer.transport === 'udp' ? UDP : TCP, name)
  data[size + 1] = SRV_SIZE - 2
  putU16(data, size + 6, peer.port)
  if (owner) additional.push(new RRset(owner, TYPE.SRV, rclass, 0, data, size))
  return Reply.authoritative(NO_SETS, NO_SETS, additional)
}

const UDP = Uint8Array.of(4, 95, 117, 100, 112) // _udp
const TCP = Uint8Array.of(4, 95, 116, 99, 112) // _tcp

/** Undefined where the name has no room for another label. */
function prefixed(label: Uint8Array, name: Name): Name | undefined {
  if (label.length + name.length > MAX_NAME) return undefined
  const owner = new Uint8Array(label.length + name.length)
  copy(name, 0, name.length, owner, copy(label, 0, label.length, owner, 0))
  return owner
}
