import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { forEachZone, type ZoneTable } from '../../zonetable.ts'

/** Answers from zone files, of which the one with the longest matching zone counts. */
export class File implements Plugin {
  readonly name = 'file'
  readonly #zones: ZoneTable

  constructor(zones: ZoneTable) {
    this.#zones = zones
  }

  load(): Promise<void> {
    return forEachZone(this.#zones, (zone) => zone.load())
  }

  start(): void {
    for (const zone of this.#zones) zone.start()
  }

  stop(): void {
    for (const zone of this.#zones) zone.stop()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    return this.#zones.serve(query, next)
  }

  explain(query: Query, passes: boolean): string {
    return this.#zones.explain(query, passes)
  }
}
