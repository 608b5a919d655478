import { parseAddress } from '../../address.ts'
import { RCODE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { isWithin, type Name, nameText } from '../../dns/name.ts'
import type { Networks } from '../../networks.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import type { AclFigures } from './figures.ts'

export type Action = 'allow' | 'block' | 'filter' | 'drop'

/** One line: what to do with queries of these types from these networks. Undefined stands for all. */
export interface Policy {
  readonly action: Action
  readonly types: readonly number[] | undefined
  readonly nets: Networks | undefined
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
  readonly #figures: AclFigures

  constructor(rules: readonly AclRule[], figures: AclFigures) {
    this.#rules = rules
    this.#figures = figures
  }

  /** The first line that fits decides; queries that none fits are allowed. */
  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    for (const { zones, policies } of this.#rules) {
      const zone = zoneOf(query.name, zones)
      const action = zone && decide(policies, query)
      if (action === 'allow') break
      if (action) return this.#refuse(action, zone, query)
    }
    this.#figures.allow.of(query).increment()
    return next(query)
  }

  explain(query: Query): string {
    for (const { zones, policies } of this.#rules) {
      const zone = zoneOf(query.name, zones)
      const line = zone ? policies.findIndex((policy) => decide([policy], query)) : -1
      if (line >= 0) return `line ${line + 1} for ${nameText(zone!)} says ${policies[line].action}`
    }
    return 'no line fits'
  }

  #refuse(action: Exclude<Action, 'allow'>, zone: Name, query: Query): Reply {
    this.#figures[action].of(query, zone).increment()
    if (action === 'drop') return query.drop()
    return action === 'block' ? BLOCKED : FILTERED
  }
}

function zoneOf(name: Name, zones: readonly Name[]): Name | undefined {
  for (const zone of zones) if (isWithin(name, zone)) return zone
  return undefined
}

/** Undefined where no line fits. */
function decide(policies: readonly Policy[], query: Query): Action | undefined {
  let client: Uint8Array | undefined
  for (const { action, types, nets } of policies) {
    if (types && !types.includes(query.type)) continue
    if (!nets) return action
    client ??= clientOf(query)
    // Who cannot be told apart is not let in.
    if (!client) return 'block'
    if (nets.contains(client)) return action
  }
  return undefined
}

function clientOf({ peer }: Query): Uint8Array | undefined {
  const zone = peer.address.indexOf('%')
  return parseAddress(zone < 0 ? peer.address : peer.address.slice(0, zone))
}
