import type { ErrorSink } from '../../capabilities.ts'
import { RCODE } from '../../dns/constants.ts'
import { foldedText } from '../../dns/name.ts'
import { typeName } from '../../dns/rdata/registry.ts'
import type { Plugin } from '../../plugin.ts'
import { printable } from '../../printable.ts'
import type { Query } from '../../query.ts'
import { reasonOf } from '../../reason.ts'
import type { Consolidation, Write } from './consolidation.ts'

export interface ErrorLogOptions {
  readonly consolidations: readonly Consolidation[]
  /** Show where unforeseen errors come from. */
  readonly stacktrace: boolean
  /** The block is being debugged: show it for all of them. Known once all plugins are set up. */
  readonly debug: () => boolean
}

/** Writes a line for each query that a plugin failed. */
export class ErrorLog implements Plugin, ErrorSink {
  readonly name = 'errors'
  readonly #options: ErrorLogOptions
  readonly #write: Write

  constructor(options: ErrorLogOptions, write: Write) {
    this.#options = options
    this.#write = write
  }

  failed(query: Query, error: unknown): void {
    const message = printable(reasonOf(error))
    const line = `plugin/errors: ${RCODE.SERVFAIL} ${foldedText(query.name)} ${typeName(query.type)}: ${message}`
    const consolidation = this.#options.consolidations.find((candidate) => candidate.matches(message))
    if (consolidation) consolidation.add(line)
    else this.#write.error(line + this.#stack(error))
  }

  stop(): void {
    for (const consolidation of this.#options.consolidations) consolidation.flush()
  }

  /** The stack without its first lines, which repeat the message. */
  #stack(error: unknown): string {
    if (!(error instanceof Error)) return ''
    // Errors with a code are foreseen: the network's, and our own.
    if (!this.#options.debug() && !(this.#options.stacktrace && !('code' in error))) return ''
    const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
    return frames.map((frame) => `\n${printable(frame)}`).join('')
  }
}
