import { TYPE } from './dns/constants.ts'
import { type Name, sameName } from './dns/name.ts'
import { NameTable } from './dns/nametable.ts'
import type { Arrival, Query, ServerName } from './query.ts'
import { report, type ServedBlock } from './servedblock.ts'

interface ZoneBlocks {
  readonly zone: Name
  readonly arrival: Arrival
  /** In the order written; views decide. */
  readonly blocks: ServedBlock[]
}

/** Knows which block of a server a query is for. */
export class Routes {
  readonly #table = new NameTable<ZoneBlocks>()

  constructor(blocks: readonly ServedBlock[], server: ServerName) {
    for (const block of blocks) for (const zone of block.zones) this.#add(zone, block, server)
  }

  #add(zone: Name, block: ServedBlock, server: ServerName): void {
    const there = this.#table.get(zone)
    if (there) there.blocks.push(block)
    else this.#table.set(zone, { zone, arrival: { server, zone, number: this.#table.size }, blocks: [block] })
  }

  /**
   * The block with the longest zone, among those whose views accept the query, which is then told where it has arrived.
   * Never throws.
   */
  find(query: Query): ServedBlock | undefined {
    const found = this.#table.longest(query.name)
    if (!found) return undefined
    const [first] = found.blocks
    if (first.views.length === 0 && query.type !== TYPE.DS) {
      query.arrival = found.arrival
      return first
    }
    return this.#findSlowly(query)
  }

  #findSlowly(query: Query): ServedBlock | undefined {
    let block: ServedBlock | undefined
    const accepts = (entry: ZoneBlocks): boolean => {
      block = entry.blocks.find((block) => block.views.length === 0 || isAccepted(block, query))
      return block !== undefined
    }
    const found = this.#table.longest(query.name, accepts)
    const own = block
    if (!found) return undefined
    query.arrival = found.arrival
    if (query.type !== TYPE.DS || !sameName(found.zone, query.name)) return own
    // DS belongs to the parent's side of a cut (RFC 4035 §3.1.4.1), where that is served here too. The root does not count:
    // a forwarder for everything else is no parent.
    const isParent = ({ zone }: ZoneBlocks): boolean => zone.length > 1 && zone.length < found.zone.length
    const parent = this.#table.longest(query.name, (entry) => isParent(entry) && accepts(entry))
    if (!parent) return own
    query.arrival = parent.arrival
    return block
  }
}

/** Do all views of the block take the query? One that fails does not. */
function isAccepted(block: ServedBlock, query: Query): boolean {
  try {
    return block.views.every((view) => view.accepts(query))
  } catch (error) {
    report(block, query, error)
    return false
  }
}
