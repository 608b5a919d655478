import { type Cidr, parseAddress } from '../../address.ts'
import { RCODE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { isWithin, type Name } from '../../dns/name.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'

export type Action = 'allow' | 'block' | 'filter' | 'drop'

/** One line: what to do with queries of these types from these networks. Undefined stands for all. */
export interface Policy {
  readonly action: Action
  readonly types: readonly number[] | undefined
  readonly nets: readonly Cidr[] | undefined
}

/** One `acl`: its lines in order, for queries in its zones. */
export interface AclRule {
  readonly zones: readonly Name[]
  readonly policies: readonly Policy[]
}

const BLOCKED = new Reply({ rcode: RCODE.REFUSED }).withError(EDE.BLOCKED, '')
const FILTERED = new Reply({}).withError(EDE.FILTERED, '')

/** Decides by the client's address who may ask what. */
export class Acl implements Plugin {
  readonly name = 'acl'
  readonly #rules: readonly AclRule[]

  constructor(rules: readonly AclRule[]) {
    this.#rules = rules
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    switch (this.#decide(query)) {
      case 'block':
        return BLOCKED
      case 'filter':
        return FILTERED
      case 'drop':
        return query.drop()
      default:
        return next(query)
    }
  }

  /** The first line that fits decides; queries that none fits are allowed. */
  #decide(query: Query): Action {
    let client: Uint8Array | undefined
    for (const { zones, policies } of this.#rules) {
      if (!zones.some((zone) => isWithin(query.name, zone))) continue
      for (const { action, types, nets } of policies) {
        if (types && !types.includes(query.type)) continue
        if (!nets) return action
        client ??= clientOf(query)
        // Who cannot be told apart is not let in.
        if (!client) return 'block'
        if (contains(nets, client)) return action
      }
    }
    return 'allow'
  }
}

function clientOf({ peer }: Query): Uint8Array | undefined {
  const zone = peer.address.indexOf('%')
  return parseAddress(zone < 0 ? peer.address : peer.address.slice(0, zone))
}

function contains(nets: readonly Cidr[], client: Uint8Array): boolean {
  for (const net of nets) if (net.contains(client)) return true
  return false
}
