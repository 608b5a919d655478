import type { ErrorSink, Tap, ViewFilter } from './capabilities.ts'
import { CLASS, RCODE, TYPE } from './dns/constants.ts'
import type { EdnsOption } from './dns/edns.ts'
import { type Name, sameName } from './dns/name.ts'
import { NameTable } from './dns/nametable.ts'
import { readQuestion, UNANSWERABLE } from './dns/questionreader.ts'
import { encodeHeader, encodeReply, encodeSequence, isTransfer } from './encode.ts'
import type { Handler } from './plugin.ts'
import { type Peer, Query } from './query.ts'
import { DROPPED, Reply } from './reply.ts'
import { UpstreamError } from './upstream/error.ts'

/** A server block ready to serve: its folded chain, and what its plugins provided. */
export interface ServedBlock {
  readonly zones: readonly Name[]
  /** Undefined where no plugin of the block answers anything. */
  readonly handler: Handler | undefined
  /** Some plugin wants queries of other classes than IN. */
  readonly anyClass: boolean
  readonly views: readonly ViewFilter[]
  readonly taps: readonly Tap[]
  readonly errors: ErrorSink
  /** The most octets of a UDP reply. */
  readonly udpCap: number
  readonly options: readonly ((query: Query) => EdnsOption | undefined)[]
}

/** A message answered: its octets, and what they were made from where the question could be read. */
export interface Exchange {
  readonly wire: Uint8Array
  readonly query?: Query
  readonly reply?: Reply
}

/** What a stream gets for a message: nothing, one message, or several that are made as they are asked for. */
export type Answers = Uint8Array | Iterable<Uint8Array> | undefined

interface ZoneBlocks {
  readonly zone: Name
  /** In the order written; views decide. */
  readonly blocks: ServedBlock[]
}

const NO_OPTIONS: readonly EdnsOption[] = []
const NO_CAP = 65_535
/** The TC bit in the header's third octet. */
const TC_OCTET = 0x02
const REFUSED = new Reply({ rcode: RCODE.REFUSED })
const FORMERR = new Reply({ rcode: RCODE.FORMERR })
const NOTIMP = new Reply({ rcode: RCODE.NOTIMP })
const BADVERS = new Reply({ rcode: RCODE.BADVERS })
const SERVFAIL = new Reply({ rcode: RCODE.SERVFAIL })

/** What serves one listener: finds the block for a query, runs its chain, and writes the reply within all limits. */
export class Server {
  readonly #table = new NameTable<ZoneBlocks>()

  constructor(blocks: readonly ServedBlock[]) {
    for (const block of blocks) for (const zone of block.zones) this.#add(zone, block)
  }

  #add(zone: Name, block: ServedBlock): void {
    const there = this.#table.get(zone)
    if (there) there.blocks.push(block)
    else this.#table.set(zone, { zone, blocks: [block] })
  }

  /** Answers a message. Undefined: nothing is to be sent. */
  answer(message: Uint8Array, peer: Peer): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const query = readQuery(message, peer)
    if (!(query instanceof Query)) return query === UNANSWERABLE ? undefined : encodeHeader(message, query)
    return this.#answer(query)
  }

  /** As `answer`, for streams: a transfer may have several messages. A throw while they are made: the stream must end. */
  answers(message: Uint8Array, peer: Peer): Answers | Promise<Answers> {
    const query = readQuery(message, peer)
    if (!(query instanceof Query)) return query === UNANSWERABLE ? undefined : encodeHeader(message, query)
    return isTransfer(query) ? this.#transfer(query) : this.#answer(query)
  }

  #transfer(query: Query): Answers | Promise<Answers> {
    const start = performance.now()
    const block = this.#find(query)
    const finish = (reply: Reply): Answers => {
      if (block && reply.following) return sequence(block, query, reply, start)
      const wire = encode(block, query, reply)
      if (block) tell(block, query, reply, wire, start)
      return wire
    }
    const reply = this.#ask(block, query)
    return reply instanceof Promise ? reply.then(finish) : finish(reply)
  }

  #answer(query: Query): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const block = this.#find(query)
    if (!block?.taps.length) {
      const reply = this.#ask(block, query)
      return reply instanceof Promise ? reply.then((late) => encode(block, query, late)) : encode(block, query, reply)
    }
    return this.#answerTapped(block, query)
  }

  #answerTapped(block: ServedBlock, query: Query): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const start = performance.now()
    const finish = (reply: Reply): Uint8Array | undefined => {
      const wire = encode(block, query, reply)
      tell(block, query, reply, wire, start)
      return wire
    }
    const reply = this.#ask(block, query)
    return reply instanceof Promise ? reply.then(finish) : finish(reply)
  }

  /** As `answer`, for transports that want to see more than octets. Undefined: not a query, or dropped by the chain. */
  exchange(message: Uint8Array, peer: Peer): Exchange | undefined | Promise<Exchange | undefined> {
    const query = readQuery(message, peer)
    if (!(query instanceof Query)) return query === UNANSWERABLE ? undefined : { wire: encodeHeader(message, query) }
    return this.serve(query)
  }

  /** Answers a query made by the transport itself (JSON), taps and limits included. */
  serve(query: Query): Exchange | undefined | Promise<Exchange | undefined> {
    const start = performance.now()
    const block = this.#find(query)
    const finish = (reply: Reply): Exchange | undefined => {
      const wire = encode(block, query, reply)
      if (block) tell(block, query, reply, wire, start)
      return wire && { wire, query, reply }
    }
    const reply = this.#ask(block, query)
    return reply instanceof Promise ? reply.then(finish) : finish(reply)
  }

  /** The reply to a query, from the block that serves its name. Never throws. */
  respond(query: Query): Reply | Promise<Reply> {
    return this.#ask(this.#find(query), query)
  }

  #ask(block: ServedBlock | undefined, query: Query): Reply | Promise<Reply> {
    // RFC 6891 §6.1.3: an unknown version gets BADVERS, whatever the question.
    if (query.edns && query.edns.version !== 0) return BADVERS
    if (isMeta(query.type)) return query.type === TYPE_MAILA || query.type === TYPE_MAILB ? NOTIMP : FORMERR
    if (!block?.handler || (query.class !== CLASS.IN && !block.anyClass)) return REFUSED
    try {
      const reply = block.handler(query)
      return reply instanceof Promise ? reply.catch((error) => failed(block, query, error)) : reply
    } catch (error) {
      return failed(block, query, error)
    }
  }

  /** The block with the longest zone, among those whose views accept the query. */
  #find(query: Query): ServedBlock | undefined {
    const found = this.#table.longest(query.name)
    if (!found) return undefined
    if (found.blocks.length === 1 && found.blocks[0].views.length === 0 && query.type !== TYPE.DS)
      return found.blocks[0]
    return this.#findSlowly(query)
  }

  #findSlowly(query: Query): ServedBlock | undefined {
    const accepted = (entry: ZoneBlocks): boolean => firstAccepting(entry, query) !== undefined
    let found = this.#table.longest(query.name, accepted)
    if (found && query.type === TYPE.DS && sameName(found.zone, query.name)) {
      // DS belongs to the parent's side of a cut (RFC 4035 §3.1.4.1), where that is served here too. The root does not
      // count: a forwarder for everything else is no parent.
      const apex = found.zone
      const parent = this.#table.longest(
        query.name,
        (entry) => entry.zone.length > 1 && !sameName(entry.zone, apex) && accepted(entry),
      )
      found = parent ?? found
    }
    return found && firstAccepting(found, query)
  }
}

const firstAccepting = (entry: ZoneBlocks, query: Query): ServedBlock | undefined =>
  entry.blocks.find((block) => block.views.every((view) => view.accepts(query)))

/** Lets the taps see what was sent: the reply as it was written, cut where it was. */
function tell(block: ServedBlock, query: Query, reply: Reply, wire: Uint8Array | undefined, start: number): void {
  const duration = performance.now() - start
  const isCut = wire !== undefined && !reply.tc && (wire[2] & TC_OCTET) !== 0
  const sent = isCut ? reply.with({ tc: true }) : reply
  for (const tap of block.taps) tap.sent(query, sent, wire?.length ?? 0, duration)
}

function readQuery(message: Uint8Array, peer: Peer): Query | number {
  const read = readQuestion(message)
  if (typeof read === 'number') return read
  return new Query(read.name, read.type, read.class, read.id, read.flags, read.edns, peer, message.length, message)
}

const TYPE_MAILB = 253
const TYPE_MAILA = 254

/** Types that can stand in no question but the transfers' and ANY (RFC 6895 §3.1). Type 0 is reserved. */
function isMeta(type: number): boolean {
  if (type === 0 || type === TYPE.OPT) return true
  return type >= 128 && type < 255 && type !== TYPE.AXFR && type !== TYPE.IXFR
}

function encode(block: ServedBlock | undefined, query: Query, reply: Reply): Uint8Array | undefined {
  if (reply === DROPPED) return undefined
  const udpCap = block?.udpCap ?? NO_CAP
  try {
    const options = block?.options.length ? blockOptions(block, query) : NO_OPTIONS
    return encodeReply(query, reply, udpCap, options)
  } catch (error) {
    // A reply that cannot be written is the plugin's fault as much as a throw.
    if (block) block.errors.failed(query, error)
    return encodeReply(query, SERVFAIL, udpCap, NO_OPTIONS)
  }
}

/** The messages of a reply that has several; taps see it as one, when the last is out or nobody wants more. */
function* sequence(block: ServedBlock, query: Query, reply: Reply, start: number): Generator<Uint8Array> {
  let size = 0
  try {
    for (const wire of encodeSequence(query, reply, blockOptions(block, query))) {
      size += wire.length
      yield wire
    }
  } catch (error) {
    block.errors.failed(query, error)
    throw error
  } finally {
    const duration = performance.now() - start
    for (const tap of block.taps) tap.sent(query, reply, size, duration)
  }
}

function blockOptions(block: ServedBlock, query: Query): readonly EdnsOption[] {
  return block.options.map((make) => make(query)).filter((option) => option !== undefined)
}

/** A plugin that throws costs its query, nothing more. */
function failed(block: ServedBlock, query: Query, error: unknown): Reply {
  block.errors.failed(query, error)
  return error instanceof UpstreamError ? SERVFAIL.withError(error.ede, error.summary) : SERVFAIL
}
