import type { HttpAnswer, Tap } from '../../capabilities.ts'
import { nameText, ROOT } from '../../dns/name.ts'
import { EXPOSITION_TYPE, expositionText } from '../../metrics/exposition.ts'
import type { Block, Handler, Plugin } from '../../plugin.ts'
import { ANSWERER, type Arrival, type Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import type { Cell } from './cell.ts'
import { DnsMetrics } from './dnsmetrics.ts'

/** Counts the queries of a block, and shows all that the process counts. */
export class Prometheus implements Plugin, Tap {
  readonly name = 'prometheus'
  readonly #block: Block
  /** Also what Node tells of itself. */
  readonly #withPlatform: boolean
  readonly #dns: DnsMetrics
  /** By server, then by zone. */
  readonly #cells: Cell[][] = []
  #ends: (() => void)[] = []

  constructor(block: Block, withPlatform: boolean) {
    this.#block = block
    this.#withPlatform = withPlatform
    this.#dns = DnsMetrics.of(block.metrics)
  }

  start(): void {
    const { metrics, plugins, servers, zones, view, runtime } = this.#block
    if (this.#withPlatform) runtime.measurePlatform?.()
    const enabled = metrics.gauges('coredns_plugin_enabled', 'Plugins that are there, by server and zone.', [
      'server',
      'zone',
      'view',
      'name',
    ])
    const names = new Set(plugins.map(({ name }) => name))
    for (const server of servers)
      for (const zone of zones)
        for (const name of names) this.#ends.push(enabled.follow([server.text, nameText(zone), view, name], () => 1))
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  /** Keeps account of which plugin a query came to last. */
  watch({ name }: Plugin, handler: Handler): Handler {
    const number = this.#dns.numberOf(name)
    return (query) => {
      query.original.answerer = number
      return handler(query)
    }
  }

  sent(query: Query, reply: Reply, size: number, duration: number): void {
    const { answerer, arrival } = query.original
    if (answerer === ANSWERER.NONE) this.#dns.sent(query, reply, size, duration)
    else this.#cellOf(arrival).count(query, reply, size, duration)
  }

  async respond(): Promise<HttpAnswer> {
    return { status: 200, type: EXPOSITION_TYPE, body: expositionText(await this.#block.metrics.gatherAll()) }
  }

  #cellOf(arrival: Arrival): Cell {
    return this.#cells[arrival.server.index]?.[arrival.number] ?? this.#newCell(arrival)
  }

  #newCell({ server, zone = ROOT, number }: Arrival): Cell {
    const cell = this.#dns.cell(server.text, nameText(zone), this.#block.view)
    this.#cells[server.index] ??= []
    this.#cells[server.index][number] = cell
    return cell
  }
}
