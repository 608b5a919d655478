import { foldName, type Name, parseName } from '../../dns/name.ts'
import type { Pattern } from '../../regexp.ts'

/** `{1}` or `{name}` in a template. */
const GROUP = /\{(\w+)\}/g

/** How a file's name tells the origin of the zone in it: by a regular expression, and what to make of its groups. */
export class OriginRule {
  readonly #pattern: Pattern
  readonly #template: string

  constructor(pattern: Pattern, template: string) {
    this.#pattern = pattern
    this.#template = template
  }

  /** A group that the template names and the regular expression does not have. */
  get unknownGroup(): string | undefined {
    return [...this.#template.matchAll(GROUP)].map(([, group]) => group).find((group) => this.#indexOf(group) < 0)
  }

  /** The origin, folded; undefined where the file holds no zone. Throws WireError where what comes out is no domain name. */
  originOf(fileName: string): Name | undefined {
    const groups = this.#pattern.exec(fileName)
    const text = groups ? this.#template.replaceAll(GROUP, (_, group: string) => groups[this.#indexOf(group)]) : ''
    if (text === '') return undefined
    return foldName(parseName(text.endsWith('.') ? text : `${text}.`))
  }

  #indexOf(group: string): number {
    const { groupNames } = this.#pattern
    if (!/^\d+$/.test(group)) return groupNames.indexOf(group)
    return Number(group) < groupNames.length ? Number(group) : -1
  }
}
