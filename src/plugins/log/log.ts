import type { Tap } from '../../capabilities.ts'
import { isWithin, type Name } from '../../dns/name.ts'
import { compileFormat, type Piece } from '../../lineformat.ts'
import type { Plugin } from '../../plugin.ts'
import { printable } from '../../printable.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { classify, type ResponseClass, typify } from '../../response.ts'

/** One `log` of the Corefile. */
export interface LogRule {
  readonly zones: readonly Name[]
  readonly format: string
  /** Undefined: all of them. */
  readonly classes: ReadonlySet<ResponseClass> | undefined
}

/** How the value of a metadata label is found; undefined where there is no such label. */
export type LabelLookup = (name: string) => ((query: Query, reply?: Reply) => string) | undefined

/** Writes a line for each query that the first rule for its name wants logged. */
export class QueryLog implements Plugin, Tap {
  readonly name = 'log'
  readonly #rules: readonly LogRule[]
  readonly #label: LabelLookup
  readonly #write: (line: string) => void
  #pieces: readonly (readonly Piece[])[] = []

  constructor(rules: readonly LogRule[], label: LabelLookup, write: (line: string) => void) {
    this.#rules = rules
    this.#label = label
    this.#write = write
  }

  /** Labels are known once all plugins of the block have been set up. */
  load(): void {
    this.#pieces = this.#rules.map((rule) => compileFormat(rule.format, (name) => this.#metadata(name)))
  }

  sent(query: Query, reply: Reply, size: number, duration: number): void {
    const index = this.#rules.findIndex(({ zones }) => zones.some((zone) => isWithin(query.name, zone)))
    if (index < 0) return
    const { classes } = this.#rules[index]
    if (classes && !classes.has(classify(typify(query, reply)))) return
    const entry = { query, reply, size, duration }
    let line = ''
    for (const piece of this.#pieces[index]) line += piece(entry)
    this.#write(line)
  }

  #metadata(name: string): Piece | undefined {
    const value = this.#label(name)
    return value && (({ query, reply }) => printable(value(query, reply)) || '-')
  }
}
