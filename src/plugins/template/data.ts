import { CLASS, FLAG, TYPE } from '../../dns/constants.ts'
import { foldedText, type Name, nameText } from '../../dns/name.ts'
import { className, typeName } from '../../dns/rdata/registry.ts'
import { GoStruct } from '../../golang/struct.ts'
import { GoError, GoMap, type GoValue, typeName as goTypeName } from '../../golang/value.ts'
import type { Query } from '../../query.ts'
import type { Pattern } from '../../regexp.ts'

/** How a query fits a template: the zone that it is in, and the pattern that its name matches. */
export interface Match {
  readonly query: Query
  readonly zone: Name
  /** Undefined where any name fits. */
  readonly pattern: Pattern | undefined
  /** The template's class and type, for queries that ask for any. */
  readonly class: number
  readonly type: number
}

/** The groups of the pattern: by place, and by name where they have one. */
export class Groups {
  readonly all: readonly string[]
  readonly byName: GoMap

  constructor({ query, pattern }: Match) {
    const name = foldedText(query.name)
    this.all = pattern?.exec(name) ?? [name]
    const entries: [string, string][] = this.all.map((text, i) => [String(i), text])
    for (const [i, group] of pattern?.groupNames.entries() ?? []) if (group !== '') entries.push([group, this.all[i]])
    this.byName = new GoMap(entries, '')
  }

  /** A group by name or number; '' where there is none. */
  get(group: GoValue): string {
    const found = typeof group === 'bigint' || typeof group === 'string' ? this.byName.get(String(group)) : ''
    return typeof found === 'string' ? found : ''
  }
}

/** What a template calls `.`: the query, and how it fits. */
export function templateData(
  match: Match,
  groups: Groups,
  variables: ReadonlyMap<string, GoValue>,
  metadata: (label: string) => string,
): GoStruct {
  const { query, zone, pattern } = match
  return new GoStruct(
    '*template.templateData',
    () => ({
      Zone: nameText(zone),
      Name: foldedText(query.name),
      Regex: pattern?.text ?? '.*',
      Match: groups.all,
      Group: groups.byName,
      Class: className(query.class === CLASS.ANY ? match.class : query.class),
      Type: typeName(query.type === TYPE.ANY ? match.type : query.type),
      Message: message(query),
      Question: question(query, '*dns.Question'),
      Remote: query.peer.address,
      Var: new GoMap(variables),
    }),
    { Meta: (...args) => metadata(label(args)) },
  )
}

function label(args: readonly GoValue[]): string {
  if (args.length !== 1) throw new GoError(`wrong number of args for Meta: want 1 got ${args.length}`)
  if (typeof args[0] !== 'string')
    throw new GoError(`wrong type for value; expected string; got ${goTypeName(args[0])}`)
  return args[0]
}

function question({ name, type, class: rclass }: Query, goType: string): GoStruct {
  return new GoStruct(goType, () => ({ Name: nameText(name), Qtype: BigInt(type), Qclass: BigInt(rclass) }))
}

/** The message as it came. Only the OPT record can stand in a query's additional section here. */
function message(query: Query): GoStruct {
  const opt = query.edns && optRecord(query)
  return new GoStruct(
    '*dns.Msg',
    () => ({
      Id: BigInt(query.id),
      Response: false,
      Opcode: BigInt(query.opcode),
      Authoritative: (query.flags & FLAG.AA) !== 0,
      Truncated: (query.flags & FLAG.TC) !== 0,
      RecursionDesired: query.recursionDesired,
      RecursionAvailable: (query.flags & FLAG.RA) !== 0,
      Zero: (query.flags & 0x40) !== 0,
      AuthenticatedData: query.authenticData,
      CheckingDisabled: query.checkingDisabled,
      Rcode: BigInt(query.flags & 15),
      Compress: false,
      Question: [question(query, 'dns.Question')],
      Answer: [],
      Ns: [],
      Extra: opt ? [opt] : [],
    }),
    { IsEdns0: () => opt ?? null, Len: () => BigInt(query.size) },
  )
}

function optRecord({ edns }: Query): GoStruct {
  const { udpSize, version, dnssecOk, options } = edns!
  const header = new GoStruct('dns.RR_Header', () => ({
    Name: '.',
    Rrtype: BigInt(TYPE.OPT),
    Class: BigInt(udpSize),
    Ttl: BigInt((version << 16) | (dnssecOk ? 0x8000 : 0)),
    Rdlength: BigInt(options.reduce((size, { data }) => size + 4 + data.length, 0)),
  }))
  const all = options.map(
    ({ code, data }) => new GoStruct('*dns.EDNS0_LOCAL', () => ({ Code: BigInt(code), Data: data })),
  )
  return new GoStruct('*dns.OPT', () => ({ Hdr: header, Option: all }), {
    Header: () => header,
    UDPSize: () => BigInt(udpSize),
    Version: () => BigInt(version),
    Do: () => dnssecOk,
  })
}
