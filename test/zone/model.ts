import { typeName } from '../../src/dns/rdata/registry.ts'

/**
 * A zone and its answers written straight from the RFCs, over a plain list, with no thought of speed: what the engine is
 * compared with. Names are lists of small labels, the last one first; the origin is `[]` and records are text.
 */
export interface ModelRecord {
  readonly owner: readonly string[]
  readonly type: string
  /** Data in presentation form, absolute. */
  readonly data: string
  /** Where the data leads, for types with a name in it; undefined outside the zone. */
  readonly target?: readonly string[]
}

export interface ModelAnswer {
  rcode: string
  aa: boolean
  answer: string[]
  authority: string[]
  additional: string[]
  /** Where an alias leads out of the zone, or to nothing in it. */
  leaving: string | undefined
}

const ORIGIN = 'example.'
/** Where the engine cuts chains; the RFCs give no number. */
const MOST_ALIASES = 32
export const text = (name: readonly string[]): string => [...[...name].reverse(), ORIGIN].join('.')
const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && isBelow(a, b)
/** At or below. */
const isBelow = (name: readonly string[], above: readonly string[]): boolean =>
  above.every((label, i) => name[i] === label)

export class ModelZone {
  readonly records: readonly ModelRecord[]

  constructor(records: readonly ModelRecord[]) {
    this.records = records
  }

  at(name: readonly string[], type?: string): ModelRecord[] {
    return this.records.filter((record) => same(record.owner, name) && (type === undefined || record.type === type))
  }

  /** RFC 4592 §2.2.2: a name exists when it or a name below it owns records. */
  exists(name: readonly string[]): boolean {
    return this.records.some((record) => isBelow(record.owner, name))
  }

  answer(question: readonly string[], typeCode: number): ModelAnswer {
    const type = typeName(typeCode)
    const out: ModelAnswer = {
      rcode: 'NOERROR',
      aa: true,
      answer: [],
      authority: [],
      additional: [],
      leaving: undefined,
    }
    const seen: string[] = []
    let name = question
    for (;;) {
      const next = this.#step(name, type, out, question)
      if (!next) return out
      seen.push(text(name))
      if (next.outside !== undefined) {
        out.authority = this.#texts([], 'NS')
        out.leaving = next.outside
        return out
      }
      name = next.inside!
      if (seen.includes(text(name))) return Object.assign(out, { rcode: 'SERVFAIL', authority: [] })
      if (seen.length === MOST_ALIASES) return Object.assign(out, { authority: this.#texts([], 'NS') })
    }
  }

  /** RFC 1034 §4.3.2 step 3 for one name: undefined when the answer is complete, or where the alias leads. */
  #step(
    name: readonly string[],
    type: string,
    out: ModelAnswer,
    question: readonly string[],
  ): { inside?: readonly string[]; outside?: string } | undefined {
    // Steps 3b and 3c with RFC 6672 §3.2: down from the apex, the first cut or DNAME ends the search.
    for (let depth = 0; depth <= name.length; depth++) {
      const above = name.slice(0, depth)
      const isName = depth === name.length
      if (depth > 0 && this.at(above, 'NS').length > 0 && !(isName && type === 'DS')) return this.#refer(above, out)
      const dname = this.at(above, 'DNAME')[0]
      if (dname && !isName && this.at(above, 'NS').length * depth === 0) return this.#substitute(name, dname, type, out)
    }
    if (this.exists(name)) return this.#data(name, name, type, out, question)
    const wildcard = this.#wildcard(name)
    if (this.exists(wildcard)) return this.#data(wildcard, name, type, out, question)
    out.rcode = 'NXDOMAIN'
    out.authority = this.#negative()
    if (name !== question) out.leaving = text(name)
    return undefined
  }

  #data(
    source: readonly string[],
    name: readonly string[],
    type: string,
    out: ModelAnswer,
    question: readonly string[],
  ): { inside?: readonly string[]; outside?: string } | undefined {
    const found = this.at(source, type)
    if (found.length > 0) {
      out.answer.push(...found.map((record) => line(name, record)))
      if (!(type === 'NS' && name.length === 0 && name === question)) out.authority = this.#texts([], 'NS')
      for (const record of found) this.#addresses(record, out, type === 'NS' ? 'glue' : 'plain')
      return undefined
    }
    const alias = this.at(source, 'CNAME')[0]
    if (alias) {
      out.answer.push(line(name, alias))
      return alias.target ? { inside: alias.target } : { outside: alias.data }
    }
    out.authority = this.#negative()
    return undefined
  }

  #refer(cut: readonly string[], out: ModelAnswer): undefined {
    out.authority = this.#texts(cut, 'NS')
    out.aa = out.answer.length > 0
    for (const record of this.at(cut, 'NS')) this.#addresses(record, out, 'referral')
    return undefined
  }

  #substitute(
    name: readonly string[],
    dname: ModelRecord,
    type: string,
    out: ModelAnswer,
  ): { inside?: readonly string[]; outside?: string } | undefined {
    const own = line(dname.owner, dname)
    if (!out.answer.includes(own)) out.answer.push(own)
    const rest = name.slice(dname.owner.length)
    const target = dname.target && [...dname.target, ...rest]
    if (target && same(target, name) && type !== 'CNAME') {
      Object.assign(out, { rcode: 'SERVFAIL', aa: false, answer: [] })
      return undefined
    }
    const data = target ? text(target) : `${[...rest].reverse().join('.')}.${dname.data}`
    // RFC 6672 §2.2: in wire form a name has an octet more than its text.
    if (data.length + 1 > 255) {
      Object.assign(out, { rcode: 'YXDOMAIN', authority: [] })
      return undefined
    }
    out.answer.push(`${text(name)} 300 IN CNAME ${data}`)
    if (type !== 'CNAME') return target ? { inside: target } : { outside: data }
    out.authority = this.#texts([], 'NS')
    return undefined
  }

  /** RFC 4592 §3.3.1: the wildcard that a name which does not exist would match. */
  #wildcard(name: readonly string[]): readonly string[] {
    let encloser = name
    while (!this.exists(encloser)) encloser = encloser.slice(0, -1)
    return [...encloser, '*']
  }

  /** Addresses of a target: those below cuts for name servers only, those of wildcards not in referrals. */
  #addresses({ target, type }: ModelRecord, out: ModelAnswer, use: 'plain' | 'glue' | 'referral'): void {
    if (!target || (type !== 'NS' && type !== 'MX')) return
    const isThere = this.exists(target)
    if ((!isThere || use === 'plain') && this.#isHidden(target)) return
    if (!isThere && use === 'referral') return
    for (const record of this.at(isThere ? target : this.#wildcard(target), 'A')) {
      const own = line(target, record)
      if (!out.additional.includes(own)) out.additional.push(own)
    }
  }

  #isHidden(name: readonly string[]): boolean {
    return name.some((_, depth) => {
      const above = name.slice(0, depth + 1)
      return this.at(above, 'NS').length > 0 || this.at(name.slice(0, depth), 'DNAME').length > 0
    })
  }

  /** RFC 2308 §3: SOA with TTL min(3600, 60). */
  #negative(): string[] {
    return this.at([], 'SOA').map((record) => line([], record, 60))
  }

  #texts(owner: readonly string[], type: string): string[] {
    return this.at(owner, type).map((record) => line(owner, record))
  }

  /** As a zone file. */
  toString(): string {
    return this.records.map((record) => line(record.owner, record)).join('\n')
  }
}

function line(owner: readonly string[], { type, data }: ModelRecord, ttl = 300): string {
  return `${text(owner)} ${ttl} IN ${type} ${data}`
}
