import { CLASS, FLAG, TYPE } from '../../dns/constants.ts'
import type { Edns, EdnsOption } from '../../dns/edns.ts'
import { foldedText, type Name, nameText } from '../../dns/name.ts'
import { className, typeName } from '../../dns/rdata/registry.ts'
import type { MetadataLookup } from '../../expr/query.ts'
import { GoStruct, type StructType } from '../../golang/struct.ts'
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
  readonly #match: Match
  #all: readonly string[] | undefined
  #byName: GoMap | undefined

  constructor(match: Match) {
    this.#match = match
  }

  get all(): readonly string[] {
    if (!this.#all) {
      const name = foldedText(this.#match.query.name)
      this.#all = this.#match.pattern?.exec(name) ?? [name]
    }
    return this.#all
  }

  get byName(): GoMap {
    if (!this.#byName) {
      this.#byName = new GoMap([], '')
      const names = this.#match.pattern?.groupNames
      for (let i = 0; i < this.all.length; i++) {
        this.#byName.set(String(i), this.all[i])
        if (names && names[i] !== '') this.#byName.set(names[i], this.all[i])
      }
    }
    return this.#byName
  }

  /** A group by name or number; '' where there is none. */
  get(group: GoValue): string {
    const found = typeof group === 'bigint' || typeof group === 'string' ? this.byName.get(String(group)) : ''
    return typeof found === 'string' ? found : ''
  }
}

/** What a template calls `.`: the query, and how it fits. */
export interface TemplateData {
  readonly match: Match
  readonly groups: Groups
  readonly variables: GoMap
  readonly metadata: MetadataLookup
}

const TEMPLATE_DATA: StructType<TemplateData> = {
  name: '*template.templateData',
  fields: {
    Zone: ({ match }) => nameText(match.zone),
    Name: ({ match }) => foldedText(match.query.name),
    Regex: ({ match }) => match.pattern?.text ?? '.*',
    Match: ({ groups }) => groups.all,
    Group: ({ groups }) => groups.byName,
    Class: ({ match }) => className(match.query.class === CLASS.ANY ? match.class : match.query.class),
    Type: ({ match }) => typeName(match.query.type === TYPE.ANY ? match.type : match.query.type),
    Message: ({ match }) => new GoStruct(MESSAGE, match.query),
    Question: ({ match }) => new GoStruct(QUESTION_POINTER, match.query),
    Remote: ({ match }) => match.query.peer.address,
    Var: ({ variables }) => variables,
  },
  methods: { Meta: ({ match, metadata }, args) => metadata(match.query, label(args)) },
}

export const templateData = (data: TemplateData): GoValue => new GoStruct(TEMPLATE_DATA, data)

function label(args: readonly GoValue[]): string {
  if (args.length !== 1) throw new GoError(`wrong number of args for Meta: want 1 got ${args.length}`)
  if (typeof args[0] !== 'string')
    throw new GoError(`wrong type for value; expected string; got ${goTypeName(args[0])}`)
  return args[0]
}

const QUESTION: StructType<Query> = {
  name: 'dns.Question',
  fields: {
    Name: ({ name }) => nameText(name),
    Qtype: ({ type }) => BigInt(type),
    Qclass: ({ class: rclass }) => BigInt(rclass),
  },
}
const QUESTION_POINTER: StructType<Query> = { ...QUESTION, name: '*dns.Question' }

/** The message as it came. Only the OPT record can stand in a query's additional section here. */
const MESSAGE: StructType<Query> = {
  name: '*dns.Msg',
  fields: {
    Id: ({ id }) => BigInt(id),
    Response: () => false,
    Opcode: ({ opcode }) => BigInt(opcode),
    Authoritative: ({ flags }) => (flags & FLAG.AA) !== 0,
    Truncated: ({ flags }) => (flags & FLAG.TC) !== 0,
    RecursionDesired: (query) => query.recursionDesired,
    RecursionAvailable: ({ flags }) => (flags & FLAG.RA) !== 0,
    Zero: ({ flags }) => (flags & 0x40) !== 0,
    AuthenticatedData: (query) => query.authenticData,
    CheckingDisabled: (query) => query.checkingDisabled,
    Rcode: ({ flags }) => BigInt(flags & 15),
    Compress: () => false,
    Question: (query) => [new GoStruct(QUESTION, query)],
    Answer: () => [],
    Ns: () => [],
    Extra: ({ edns }) => (edns ? [new GoStruct(OPT, edns)] : []),
  },
  methods: {
    IsEdns0: ({ edns }) => (edns ? new GoStruct(OPT, edns) : null),
    Len: ({ size }) => BigInt(size),
  },
}

const RR_HEADER: StructType<Edns> = {
  name: 'dns.RR_Header',
  fields: {
    Name: () => '.',
    Rrtype: () => BigInt(TYPE.OPT),
    Class: ({ udpSize }) => BigInt(udpSize),
    Ttl: ({ version, dnssecOk }) => BigInt((version << 16) | (dnssecOk ? 0x8000 : 0)),
    Rdlength: ({ options }) => BigInt(options.reduce((size, { data }) => size + 4 + data.length, 0)),
  },
}

const EDNS_OPTION: StructType<EdnsOption> = {
  name: '*dns.EDNS0_LOCAL',
  fields: { Code: ({ code }) => BigInt(code), Data: ({ data }) => data },
}

const OPT: StructType<Edns> = {
  name: '*dns.OPT',
  fields: {
    Hdr: (edns) => new GoStruct(RR_HEADER, edns),
    Option: ({ options }) => options.map((option) => new GoStruct(EDNS_OPTION, option)),
  },
  methods: {
    Header: (edns) => new GoStruct(RR_HEADER, edns),
    UDPSize: ({ udpSize }) => BigInt(udpSize),
    Version: ({ version }) => BigInt(version),
    Do: ({ dnssecOk }) => dnssecOk,
  },
}
