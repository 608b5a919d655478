import { RCODE, TYPE } from '../dns/constants.ts'
import { EDE, extendedError } from '../dns/edns.ts'
import { isWithin, MAX_NAME, type Name, nameFrom, sameName } from '../dns/name.ts'
import { RRset } from '../dns/rrset.ts'
import type { Query } from '../query.ts'
import { Reply, type ReplyParts } from '../reply.ts'
import { addAddresses, nameAt } from './additional.ts'
import { Denial, wildcardAt } from './denial.ts'
import { Encloser, split, starts } from './encloser.ts'
import { damaged } from './imageheader.ts'
import { NODE, NONE, type ZoneView } from './view.ts'

/** An alias chain that goes on at a name of which the zone knows nothing: outside it, in a zone below, or not there. */
export class Leaving {
  readonly target: Name
  /** The answer as far as the zone has it. */
  readonly reply: Reply

  constructor(target: Name, reply: Reply) {
    this.target = target
    this.reply = reply
  }
}

/** Does a name of the zone lie in another one, below this, that is served too? Undefined: none does. */
export type IsElsewhere = ((name: Name) => boolean) | undefined

/** The set that a node's flags tell of. */
function promised(set: RRset | undefined): RRset {
  if (!set) throw damaged('flags tell of records that are not there')
  return set
}

/** Where an alias chain is cut for being too long. */
const MOST_ALIASES = 32
/** Types whose answers need nothing but the record set. */
const PLAIN: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.CNAME, TYPE.PTR])

/**
 * Answers a query of class IN from the zone in which its name lies: RFC 1034 §4.3.2 as amended by RFC 4592 (wildcards),
 * RFC 6672 (DNAME), RFC 2308 (negative answers), RFC 4035 §3.1 and RFC 5155 §7.2 (signed zones) and RFC 8482 (ANY).
 */
export function lookup(view: ZoneView, query: Query, isElsewhere?: IsElsewhere): Reply | Leaving {
  const { name, type } = query
  const node = view.find(name, 0)
  // The commonest case first: the name is there and has what is asked for.
  if (node !== NONE && (view.flags(node) & (NODE.CUT | NODE.OCCLUDED)) === 0 && PLAIN.has(type) && !query.dnssecOk) {
    const set = view.rrset(node, type, name)
    if (set) return query.settle(Reply.authoritative([set], view.top.ns), view.snapshot)
  }
  const outcome = new Lookup(view, query, isElsewhere).run(node)
  // What DNAME makes has the case of the question's name.
  return outcome instanceof Leaving || outcome.answer[0]?.type === TYPE.DNAME
    ? outcome
    : query.settle(outcome, view.snapshot)
}

/** Shared: no lookup waits. */
const encloser = new Encloser()

class Lookup {
  readonly #view: ZoneView
  readonly #type: number
  readonly #dnssec: boolean
  readonly #query: Query
  readonly #answer: RRset[] = []
  readonly #proofs: RRset[] = []
  readonly #denial: Denial | undefined
  readonly #isElsewhere: IsElsewhere
  #name: Name

  constructor(view: ZoneView, query: Query, isElsewhere: IsElsewhere) {
    this.#view = view
    this.#query = query
    this.#isElsewhere = isElsewhere
    this.#type = query.type
    this.#name = query.name
    this.#dnssec = query.dnssecOk
    this.#denial = query.dnssecOk && view.denial !== 'none' ? new Denial(view, this.#proofs) : undefined
  }

  /** Follows the aliases from the name on, whose node is `node` or NONE. */
  run(node: number): Reply | Leaving {
    let seen: Name[] | undefined
    for (;;) {
      const outcome = node === NONE ? this.#absent() : this.#present(node)
      if (!(outcome instanceof Uint8Array)) return outcome
      seen ??= []
      seen.push(this.#name)
      this.#name = outcome
      // RFC 1034 §4.3.2 step 3a: the search starts again with the zone that is nearest to the alias's target.
      if (!isWithin(outcome, this.#view.origin) || this.#isElsewhere?.(outcome))
        return new Leaving(outcome, this.#positive())
      if (seen.some((name) => sameName(name, outcome))) return this.#loop()
      if (seen.length === MOST_ALIASES) return this.#positive()
      node = this.#view.find(outcome, 0)
    }
  }

  #present(node: number): Reply | Leaving | Name {
    const flags = this.#view.flags(node)
    if (flags & NODE.OCCLUDED) return this.#under()
    // RFC 4035 §3.1.4.1: DS records are the parent's.
    if (flags & NODE.CUT && this.#type !== TYPE.DS) return this.#refer(node, 0)
    const data = this.#data(node)
    if (data) return data
    this.#denial?.data(node, this.#name)
    return this.#negative(RCODE.NOERROR)
  }

  /** RFC 4592 §3.3.1: what matters is the closest encloser, the longest name above that exists. */
  #absent(): Reply | Leaving | Name {
    const view = this.#view
    const name = this.#name
    encloser.seek(view, name)
    const encloserAt = encloser.at
    const flags = view.flags(encloser.node)
    if (flags & NODE.OCCLUDED) return this.#under()
    if (flags & NODE.CUT) return this.#refer(encloser.node, encloserAt)
    if (flags & NODE.DNAME) return this.#substitute(encloser.node, encloserAt)
    if (flags & NODE.WILD) {
      const node = view.find(wildcardAt(name, encloserAt), 0)
      const data = this.#data(node)
      if (data) {
        if (!this.#denial) return data
        this.#denial.expansion(name, encloserAt)
        return data instanceof Uint8Array ? data : this.#positive()
      }
      this.#denial?.wildcardData(node, name, encloserAt)
      return this.#negative(RCODE.NOERROR)
    }
    this.#denial?.name(name, encloserAt)
    const reply = this.#negative(RCODE.NXDOMAIN)
    return name === this.#query.name ? reply : new Leaving(name, reply)
  }

  /** Takes from a node what is asked for: the reply, the name where an alias leads, or undefined where there is nothing. */
  #data(node: number): Reply | Name | undefined {
    const view = this.#view
    const name = this.#name
    if (this.#type === TYPE.ANY || this.#type === TYPE.RRSIG) return this.#any(node)
    const set = view.rrset(node, this.#type, name)
    if (set) {
      this.#give(node, set)
      return this.#positive()
    }
    // An alias has NSEC records of its own (RFC 4034 §4): where it has none, its target's are not meant.
    if ((view.flags(node) & NODE.ALIAS) === 0 || this.#type === TYPE.NSEC) return undefined
    const alias = promised(view.rrset(node, TYPE.CNAME, name))
    this.#give(node, alias)
    return nameAt(alias.data, alias.start + 2)
  }

  /** RFC 8482 §4.1: one set stands for all of them. */
  #any(node: number): Reply | undefined {
    const sets = this.#view.sets(node, this.#name)
    const set = sets.find(({ type }) => (type === TYPE.RRSIG) === (this.#type === TYPE.RRSIG))
    if (!set) return undefined
    if (this.#type === TYPE.RRSIG) this.#answer.push(set)
    else this.#give(node, set)
    return this.#positive()
  }

  #give(node: number, set: RRset): void {
    this.#answer.push(set)
    const signatures = this.#dnssec ? this.#view.signatures(node, set.type, set.owner) : undefined
    if (signatures) this.#answer.push(signatures)
  }

  /** The name is an occluded one, or below such: of the cuts and DNAMEs above it the highest counts. */
  #under(): Reply | Leaving | Name {
    const view = this.#view
    for (let k = split(this.#name, view); k > 0; k--) {
      const node = view.find(this.#name, starts[k])
      const flags = view.flags(node)
      if (flags & NODE.CUT) return this.#refer(node, starts[k])
      if (flags & NODE.DNAME) return this.#substitute(node, starts[k])
    }
    throw damaged('no cut above an occluded name')
  }

  /** The child zone's name servers, with the proof that it is signed or is not (RFC 4035 §3.1.4). */
  #refer(node: number, at: number): Reply {
    const view = this.#view
    const owner = nameFrom(this.#name, at)
    const ns = promised(view.rrset(node, TYPE.NS, owner))
    const authority = [ns]
    const additional: RRset[] = []
    if (this.#dnssec) {
      const ds = view.rrset(node, TYPE.DS, owner)
      const signatures = ds && view.signatures(node, TYPE.DS, owner)
      if (ds) authority.push(ds)
      else this.#denial?.data(node, this.#name, at)
      if (signatures) authority.push(signatures)
    }
    addAddresses(view, ns, this.#dnssec, additional, true)
    // An alias before the cut is our own data, so that AA is due for it.
    const aa = this.#answer.length > 0
    return new Reply({ aa, answer: this.#answer, authority: [...authority, ...this.#proofs], additional })
  }

  /** RFC 6672 §3.2: the DNAME, and a CNAME made of it for those who do not know DNAME. */
  #substitute(node: number, at: number): Reply | Name {
    const name = this.#name
    const dname = promised(this.#view.rrset(node, TYPE.DNAME, nameFrom(name, at)))
    if (!this.#answer.some((set) => set.data === dname.data && set.start === dname.start)) this.#give(node, dname)
    const suffix = nameAt(dname.data, dname.start + 2)
    if (at + suffix.length > MAX_NAME) return this.#reply({ rcode: RCODE.YXDOMAIN })
    const target = new Uint8Array(at + suffix.length)
    for (let i = 0; i < at; i++) target[i] = name[i]
    target.set(suffix, at)
    const isAsked = this.#type === TYPE.CNAME
    if (!isAsked && sameName(name, target)) return new Reply({ rcode: RCODE.SERVFAIL, options: [LOOP] })
    this.#answer.push(RRset.of(name, TYPE.CNAME, dname.ttl, [target]))
    return isAsked ? this.#positive() : target
  }

  #positive(): Reply {
    const view = this.#view
    const { top } = view
    const additional: RRset[] = []
    const set = this.#answer.at(this.#dnssec ? 0 : -1)
    for (const given of this.#answer) addAddresses(view, given, this.#dnssec, additional)
    // The name servers are there already when they are what was asked for.
    if (
      set?.type === TYPE.NS &&
      set.owner === this.#query.name &&
      set.data === top.ns[0]?.data &&
      set.start === top.ns[0].start
    )
      return this.#reply({ authority: this.#proofs, additional })
    return this.#reply({ authority: this.#with(this.#dnssec ? top.nsSigned : top.ns), additional })
  }

  #negative(rcode: number): Reply {
    const { top } = this.#view
    return this.#reply({ rcode, authority: this.#with(this.#dnssec ? top.negativeSigned : top.negative) })
  }

  /** RFC 1034 §3.6.2: a chain that bites its tail is an error. */
  #loop(): Reply {
    return this.#reply({ rcode: RCODE.SERVFAIL, authority: this.#proofs, options: [LOOP] })
  }

  #reply({ rcode, authority, additional, options }: ReplyParts): Reply {
    return new Reply({ aa: true, rcode, answer: this.#answer, authority, additional, options })
  }

  #with(authority: readonly RRset[]): readonly RRset[] {
    return this.#proofs.length === 0 ? authority : [...authority, ...this.#proofs]
  }
}

const LOOP = extendedError(EDE.OTHER, 'alias loop')
