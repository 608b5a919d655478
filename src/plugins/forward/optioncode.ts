import { Complaint, type ValueType } from '../../corefile/spec.ts'
import { OPTION } from '../../dns/edns.ts'

/** Options that belong to one hop and never go on (RFC 6891 §6.1.2, RFC 7830 §3, RFC 7828 §3.2.1, RFC 7873 §5). */
const HOP: readonly number[] = [OPTION.PADDING, OPTION.KEEPALIVE, OPTION.COOKIE, OPTION.EDE]

/** An EDNS option by its code, or `subnet` (8), `nsid` (3). */
export const optionCode: ValueType<number> = {
  label: 'option',
  parse(text) {
    const code =
      text === 'subnet' ? OPTION.ECS : text === 'nsid' ? OPTION.NSID : /^\d{1,5}$/.test(text) ? Number(text) : -1
    if (code < 1 || code > 65_534) throw new Complaint('must be subnet, nsid or the code of an EDNS option')
    if (HOP.includes(code)) throw new Complaint('must be one that may leave the connection it came on')
    return code
  },
}
