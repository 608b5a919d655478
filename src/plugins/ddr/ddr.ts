import { CLASS, TYPE } from '../../dns/constants.ts'
import { isPrefixed, isWithin, type Name, parseName, sameName } from '../../dns/name.ts'
import { parseRecords } from '../../dns/presentation.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { emptyReply, isResolverArpa, RESOLVER_ARPA } from '../../resolverarpa.ts'
import { addressRecords, type Endpoint, serviceRecord } from './endpoint.ts'

const DNS = parseName('_dns.')
const DDR_NAME = parseName('_dns.resolver.arpa.')

/** Tells clients of unencrypted DNS where they find this resolver encrypted (RFC 9462). */
export class Ddr implements Plugin {
  readonly name = 'ddr'
  readonly #ttl: number
  readonly #endpointsFor: (query: Query) => readonly Endpoint[]
  readonly #start: () => void

  /** `endpointsFor`: what to tell the client that asks, known once all plugins are loaded. `start` is called then. */
  constructor(ttl: number, endpointsFor: (query: Query) => readonly Endpoint[], start: () => void) {
    this.#ttl = ttl
    this.#endpointsFor = endpointsFor
    this.#start = start
  }

  start(): void {
    this.#start()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const { name } = query
    if (query.class !== CLASS.IN) return next(query)
    if (isResolverArpa(name)) return this.#answer(query, sameName(name, DDR_NAME)) ?? emptyReply(query)
    // Clients that know the resolver by its name ask for that (RFC 9462 §5).
    if (query.type !== TYPE.SVCB || !isPrefixed(name, DNS)) return next(query)
    return this.#answer(query, this.#isOurs(query, name.subarray(DNS.length - 1))) ?? next(query)
  }

  explain(_query: Query, passes: boolean): string | undefined {
    return passes ? 'it is not about this resolver' : undefined
  }

  #isOurs(query: Query, name: Name): boolean {
    return this.#endpointsFor(query).some((endpoint) => sameName(parseName(`${endpoint.name}.`), name))
  }

  #answer(query: Query, isAbout: boolean): Reply | undefined {
    if (!isAbout || query.type !== TYPE.SVCB) return undefined
    const ttl = this.#ttl
    const endpoints = this.#endpointsFor(query)
    if (endpoints.length === 0) return undefined
    const answer = endpoints.map((endpoint, i) => serviceRecord(query.name, ttl, endpoint, i + 1))
    const addresses = new Set(endpoints.flatMap((endpoint) => addressRecords(ttl, endpoint)))
    const additional = parseRecords([...addresses].join('\n'))
    return query.reply({ aa: isWithin(query.name, RESOLVER_ARPA), ra: true, answer, additional })
  }
}
