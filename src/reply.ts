import { type EdnsOption, extendedError } from './dns/edns.ts'
import type { RRset } from './dns/rrset.ts'

/** What a reply is made of. Everything may be left out. */
export interface ReplyParts {
  /** RFC 1035 §4.1.1 and RFC 6891's extended codes (BADVERS is 16). NOERROR by default. */
  rcode?: number
  /** AA: the answer comes from a zone served here. */
  aa?: boolean
  /** TC, where something was left out before the transport had its say. */
  tc?: boolean
  /** RD as sent back; the query's own where left out (RFC 1035 §4.1.1). */
  rd?: boolean | undefined
  /** RA: recursion is to be had here. */
  ra?: boolean
  /** AD: what is in answer and authority was validated (RFC 4035 §3.2.3). */
  ad?: boolean
  answer?: readonly RRset[]
  authority?: readonly RRset[]
  additional?: readonly RRset[]
  /** EDNS options for the client; sent only where it sent an OPT record. */
  options?: readonly EdnsOption[]
  /** The options are sent even to a client without an OPT record: only where a user's configuration wants that. */
  opt?: boolean
  /**
   * Answer sections of further messages, of transfers over streams only (RFC 5936 §2.2): asked for one by one as they are
   * sent, and once at most. Other transports send the first message alone, with TC.
   */
  following?: Iterable<readonly RRset[]> | undefined
}

const NONE: readonly never[] = []

/** While it is made. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** One answer on its way up the chain. Immutable; `with` makes a changed copy that shares the record sets. */
export class Reply {
  readonly rcode: number
  readonly aa: boolean
  readonly tc: boolean
  readonly rd: boolean | undefined
  readonly ra: boolean
  readonly ad: boolean
  readonly answer: readonly RRset[]
  readonly authority: readonly RRset[]
  readonly additional: readonly RRset[]
  readonly options: readonly EdnsOption[]
  readonly opt: boolean
  readonly following: Iterable<readonly RRset[]> | undefined
  /** Of which snapshot of data it is a function, with the question; 0: of none. Both are set by `Query.settle`, and stay with the sections. */
  snapshot = 0
  /** The query with that question: one derived from it, or another, may not have this reply's message. */
  settledFor: object | undefined

  constructor(parts?: ReplyParts) {
    this.rcode = parts?.rcode ?? 0
    this.aa = parts?.aa ?? false
    this.tc = parts?.tc ?? false
    this.rd = parts?.rd
    this.ra = parts?.ra ?? false
    this.ad = parts?.ad ?? false
    this.answer = parts?.answer ?? NONE
    this.authority = parts?.authority ?? NONE
    this.additional = parts?.additional ?? NONE
    this.options = parts?.options ?? NONE
    this.opt = parts?.opt ?? false
    this.following = parts?.following
  }

  /**
   * A reply from a zone served here: AA and these sections. For those who make a million a second: reading parts out of
   * objects of ever other shapes takes longer than all else here.
   */
  static authoritative(
    answer: readonly RRset[],
    authority: readonly RRset[] = NONE,
    additional: readonly RRset[] = NONE,
  ): Reply {
    const reply: Mutable<Reply> = new Reply()
    reply.aa = true
    reply.answer = answer
    reply.authority = authority
    reply.additional = additional
    return reply
  }

  /** As `authoritative`, with one set and these bits. */
  static single(set: RRset, ra: boolean, ad: boolean): Reply {
    const reply: Mutable<Reply> = new Reply()
    reply.aa = true
    reply.ra = ra
    reply.ad = ad
    reply.answer = [set]
    return reply
  }

  /** The same with these parts; what is dropped stays dropped. */
  with(parts: ReplyParts): Reply {
    if (this === DROPPED) return this
    const reply: Mutable<Reply> = new Reply()
    reply.rcode = parts.rcode ?? this.rcode
    reply.aa = parts.aa ?? this.aa
    reply.tc = parts.tc ?? this.tc
    reply.rd = parts.rd ?? this.rd
    reply.ra = parts.ra ?? this.ra
    reply.ad = parts.ad ?? this.ad
    reply.answer = parts.answer ?? this.answer
    reply.authority = parts.authority ?? this.authority
    reply.additional = parts.additional ?? this.additional
    reply.options = parts.options ?? this.options
    reply.opt = parts.opt ?? this.opt
    reply.following = 'following' in parts ? parts.following : this.following
    if (reply.answer === this.answer && reply.authority === this.authority && reply.additional === this.additional) {
      // Flags and the OPT record are no part of what is kept of a message.
      reply.snapshot = this.snapshot
      reply.settledFor = this.settledFor
    }
    return reply
  }

  /** The same with an extended DNS error (RFC 8914) added; see EDE for codes. */
  withError(code: number, text: string): Reply {
    return this.with({ options: [...this.options, extendedError(code, text)] })
  }
}

/** The reply that is not sent. Compare by identity. */
export const DROPPED: Reply = new Reply({})

let snapshots = 0

/** A number for a state of data that will not change (see `Query.settle`). */
export const newSnapshot = (): number => ++snapshots
