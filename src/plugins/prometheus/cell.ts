import { rcodeName } from '../../dns/rdata/registry.ts'
import type { Sample } from '../../metrics/family.ts'
import { Histogram, SIZES, TIMES } from '../../metrics/histogram.ts'
import { ANSWERER, type Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import { FAMILIES, familyColumn, PROTOS, TYPE_NAMES, typeColumn } from './columns.ts'

/** Response codes that there are names for; room for others is made when they come. */
const RCODES = 24
const MAX_RCODE = 4096

/**
 * What was asked and answered in one zone of one server. Counting is a few additions in arrays that are there already: no
 * strings, nothing to look up. Labels are put together when somebody reads.
 */
export class Cell {
  /** Values of server, zone and view. */
  readonly labels: readonly string[]
  readonly #requests = new Float64Array(PROTOS.length * FAMILIES.length * TYPE_NAMES.length)
  readonly #durations = new Histogram(TIMES)
  readonly #requestSizes = PROTOS.map(() => new Histogram(SIZES))
  readonly #responseSizes = PROTOS.map(() => new Histogram(SIZES))
  /** By who answered, then by response code. */
  readonly #responses: (Float64Array | undefined)[] = []
  #withDo = 0

  constructor(labels: readonly string[]) {
    this.labels = labels
  }

  /** `duration` in milliseconds. */
  count(query: Query, reply: Reply, size: number, duration: number): void {
    const { transport, address } = query.peer
    const proto = transport === 'udp' ? 0 : 1
    const row = proto * FAMILIES.length + familyColumn(address)
    this.#requests[row * TYPE_NAMES.length + typeColumn(query.type)]++
    if (query.dnssecOk) this.#withDo++
    this.#durations.observe(duration / 1000)
    this.#requestSizes[proto].observe(query.size)
    this.#responseSizes[proto].observe(size)
    const by = reply === DROPPED ? ANSWERER.SERVER : query.original.answerer
    this.#rcodes(by, reply.rcode)[reply.rcode]++
  }

  #rcodes(by: number, rcode: number): Float64Array {
    const there = this.#responses[by]
    if (there && rcode < there.length) return there
    const rcodes = new Float64Array(rcode < RCODES ? RCODES : MAX_RCODE)
    if (there) rcodes.set(there)
    this.#responses[by] = rcodes
    return rcodes
  }

  *requests(): Generator<Sample> {
    for (const [i, value] of this.#requests.entries()) {
      if (value === 0) continue
      const row = Math.floor(i / TYPE_NAMES.length)
      const [proto, family] = [PROTOS[row >> 1], FAMILIES[row & 1]]
      yield { labels: [...this.labels, proto, family, TYPE_NAMES[i % TYPE_NAMES.length]], value }
    }
  }

  *withDo(): Generator<Sample> {
    if (this.#withDo > 0) yield { labels: this.labels, value: this.#withDo }
  }

  *durations(): Generator<Sample> {
    yield { labels: this.labels, value: this.#durations.value }
  }

  requestSizes(): Generator<Sample> {
    return this.#sizes(this.#requestSizes)
  }

  responseSizes(): Generator<Sample> {
    return this.#sizes(this.#responseSizes)
  }

  *#sizes(histograms: readonly Histogram[]): Generator<Sample> {
    for (const [i, { value }] of histograms.entries())
      if (value.counts.some((count) => count > 0)) yield { labels: [...this.labels, PROTOS[i]], value }
  }

  /** `names` of those who answer, by number. */
  *responses(names: readonly string[]): Generator<Sample> {
    for (const [by, rcodes] of this.#responses.entries())
      for (const [rcode, value] of rcodes?.entries() ?? [])
        if (value > 0) yield { labels: [...this.labels, rcodeName(rcode), names[by]], value }
  }
}
