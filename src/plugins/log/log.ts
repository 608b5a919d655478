import type { Tap } from '../../capabilities.ts'
import { isWithin, type Name } from '../../dns/name.ts'
import { LineBuffer } from '../../linebuffer.ts'
import { compileFormat, EMPTY, type Entry, type Piece } from '../../lineformat.ts'
import type { Plugin } from '../../plugin.ts'
import { printable } from '../../printable.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { classify, type ResponseClass, typify } from '../../response.ts'
import type { Log } from '../../runtime/runtime.ts'
import { jsonLine } from './json.ts'

/** One `log` of the Corefile. */
export interface LogRule {
  readonly zones: readonly Name[]
  /** A format of placeholders, or labels that JSON is to have besides. */
  readonly format: string | readonly string[]
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
  readonly #log: Log
  readonly #line = new LineBuffer()
  #writers: readonly ((entry: Entry) => void)[] = []

  constructor(rules: readonly LogRule[], label: LabelLookup, log: Log) {
    this.#rules = rules
    this.#label = label
    this.#log = log
  }

  /** Labels are known once all plugins of the block have been set up. */
  load(): void {
    this.#writers = this.#rules.map(({ format }) =>
      typeof format === 'string' ? this.#textWriter(format) : this.#jsonWriter(format),
    )
  }

  sent(query: Query, reply: Reply, size: number, duration: number): void {
    const index = this.#rules.findIndex(({ zones }) => zones.some((zone) => isWithin(query.name, zone)))
    if (index < 0) return
    const { classes } = this.#rules[index]
    if (classes && !classes.has(classify(typify(query, reply)))) return
    this.#writers[index]({ query, reply, size, duration })
  }

  #textWriter(format: string): (entry: Entry) => void {
    const pieces = compileFormat(format, (name) => this.#metadata(name))
    const log = this.#log
    return (entry) => {
      for (const piece of pieces) piece(entry, this.#line)
      if (log.infoOctets) log.infoOctets(this.#line.takeOctets())
      else log.info(this.#line.take())
    }
  }

  #jsonWriter(names: readonly string[]): (entry: Entry) => void {
    const labels = names.map((name) => ({ name, value: this.#label(name) }))
    return (entry) => {
      const line = jsonLine(entry, labels, Date.now())
      if (this.#log.print) this.#log.print(line)
      else this.#log.info(line)
    }
  }

  #metadata(name: string): Piece | undefined {
    const value = this.#label(name)
    return value && (({ query, reply }, line) => line.text(printable(value(query, reply)) || EMPTY))
  }
}
