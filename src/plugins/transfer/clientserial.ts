import { TYPE } from '../../dns/constants.ts'
import { WireError } from '../../dns/error.ts'
import { u32 } from '../../dns/header.ts'
import { readMessage } from '../../dns/message.ts'
import type { Query } from '../../query.ts'

/** From SERIAL, the first of the SOA record's five numbers, to the end (RFC 1035 §3.3.13). Octets. */
const NUMBERS = 20

/** The serial of the zone that the client has: IXFR queries carry its SOA record (RFC 1995 §3). Undefined where there is none. */
export function clientSerial({ message }: Query): number | undefined {
  if (!message) return undefined
  try {
    const soa = readMessage(message).authority.find(({ type }) => type === TYPE.SOA)
    return soa && u32(soa.data, soa.end - NUMBERS)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
