const ELSEWHERE = 'a server that has it can be asked by forward'
const SIGNED = 'file and auto serve zones that are signed already'
const RECORDS = 'records that change at any time are those of kv and redis'

/** The directives of CoreDNS, also former ones, that there is no plugin for, and what serves in their place. */
const ABSENT: ReadonlyMap<string, string> = new Map([
  ['azure', ELSEWHERE],
  ['clouddns', ELSEWHERE],
  ['dnssec', SIGNED],
  ['etcd', RECORDS],
  ['federation', ELSEWHERE],
  ['grpc', 'forward asks over UDP, TCP, TLS and HTTPS'],
  ['k8s_external', ELSEWHERE],
  ['kubernetes', ELSEWHERE],
  ['nomad', ELSEWHERE],
  ['proxy', 'forward does this'],
  ['reverse', 'template does this'],
  ['route53', ELSEWHERE],
  ['secondary', 'zones are read from files (file, auto) and stores (kv, redis)'],
  ['sign', SIGNED],
  ['tsig', 'acl and transfer know clients by their addresses'],
])

/** What to do without a directive of CoreDNS's; undefined where CoreDNS has none of this name. */
export const insteadOf = (directive: string): string | undefined => ABSENT.get(directive)
