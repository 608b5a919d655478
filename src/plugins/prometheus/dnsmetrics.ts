import type { ServerTap } from '../../capabilities.ts'
import type { Counters } from '../../metrics/counter.ts'
import type { MetricType, Sample } from '../../metrics/family.ts'
import type { Registry } from '../../metrics/registry.ts'
import type { Query, ServerName } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { Cell } from './cell.ts'

/** The zone of queries that come to no chain of plugins. Without a dot at the end it is the name of none. */
const DROPPED_ZONE = 'dropped'

/** Queries and replies of a whole process, which counts on after a reload. */
export class DnsMetrics implements ServerTap {
  readonly #cells = new Map<string, Cell>()
  /** Names of plugins by number; the server itself has none (see ANSWERER). */
  readonly #names: string[] = ['', '']
  readonly #httpsResponses: Counters

  /** The one of a registry. */
  static of(registry: Registry): DnsMetrics {
    const there = known.get(registry)
    if (there) return there
    const made = new DnsMetrics(registry)
    known.set(registry, made)
    return made
  }

  private constructor(registry: Registry) {
    const define = (
      name: string,
      help: string,
      type: MetricType,
      labels: readonly string[],
      read: (cell: Cell) => Iterable<Sample>,
    ): void => {
      const samples = (): Sample[] => [...this.#cells.values()].flatMap((cell) => [...read(cell)])
      registry.add(`coredns_dns_${name}`, { help, type, labels: ['server', 'zone', 'view', ...labels], samples })
    }
    define('requests_total', 'DNS queries by zone, protocol, address family and type.', 'counter', LABELS, (cell) =>
      cell.requests(),
    )
    define('request_duration_seconds', 'How long queries took, by zone.', 'histogram', [], (cell) => cell.durations())
    define('request_size_bytes', 'Size of queries by zone and protocol.', 'histogram', ['proto'], (cell) =>
      cell.requestSizes(),
    )
    define('do_requests_total', 'DNS queries with the DO bit by zone.', 'counter', [], (cell) => cell.withDo())
    define('response_size_bytes', 'Size of replies by zone and protocol.', 'histogram', ['proto'], (cell) =>
      cell.responseSizes(),
    )
    define(
      'responses_total',
      'DNS replies by zone, response code and plugin.',
      'counter',
      ['rcode', 'plugin'],
      (cell) => cell.responses(this.#names),
    )
    this.#httpsResponses = registry.counters(
      'coredns_dns_https_responses_total',
      'Responses of DNS over HTTPS by server and HTTP status.',
      ['server', 'status'],
    )
  }

  /** The number by which a plugin is known as the one who answers. */
  numberOf(plugin: string): number {
    const there = this.#names.indexOf(plugin, 2)
    return there < 0 ? this.#names.push(plugin) - 1 : there
  }

  /** The plugin known by this number; '' for the server itself. */
  nameOf(answerer: number): string {
    return this.#names[answerer] ?? ''
  }

  cell(...labels: [server: string, zone: string, view: string]): Cell {
    const key = labels.join('\0')
    const there = this.#cells.get(key)
    if (there) return there
    const made = new Cell(labels)
    this.#cells.set(key, made)
    return made
  }

  /** For queries that come to no chain. */
  sent(query: Query, reply: Reply, size: number, duration: number): void {
    this.cell(query.server.text, DROPPED_ZONE, '').count(query, reply, size, duration)
  }

  responded(server: ServerName, status: number): void {
    this.#httpsResponses.with(server.text, `${status}`).increment()
  }
}

const known = new WeakMap<Registry, DnsMetrics>()
const LABELS = ['proto', 'family', 'type']
