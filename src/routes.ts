import { TYPE } from './dns/constants.ts'
import { type Name, sameName } from './dns/name.ts'
import { NameTable } from './dns/nametable.ts'
import type { Query } from './query.ts'
import { report, type ServedBlock } from './servedblock.ts'

interface ZoneBlocks {
  readonly zone: Name
  /** In the order written; views decide. */
  readonly blocks: ServedBlock[]
}

/** Knows which block of a server a query is for. */
export class Routes {
  readonly #table = new NameTable<ZoneBlocks>()

  constructor(blocks: readonly ServedBlock[]) {
    for (const block of blocks) for (const zone of block.zones) this.#add(zone, block)
  }

  #add(zone: Name, block: ServedBlock): void {
    const there = this.#table.get(zone)
    if (there) there.blocks.push(block)
    else this.#table.set(zone, { zone, blocks: [block] })
  }

  /** The block with the longest zone, among those whose views accept the query. Never throws. */
  find(query: Query): ServedBlock | undefined {
    const found = this.#table.longest(query.name)
    if (!found) return undefined
    const [first] = found.blocks
    if (first.views.length === 0 && query.type !== TYPE.DS) return first
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
    if (!found || query.type !== TYPE.DS || !sameName(found.zone, query.name)) return own
    // DS belongs to the parent's side of a cut (RFC 4035 §3.1.4.1), where that is served here too. The root does not count:
    // a forwarder for everything else is no parent.
    const isParent = ({ zone }: ZoneBlocks): boolean => zone.length > 1 && zone.length < found.zone.length
    const parent = this.#table.longest(query.name, (entry) => isParent(entry) && accepts(entry))
    return parent ? block : own
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
