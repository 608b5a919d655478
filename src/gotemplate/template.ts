import type { GoValue } from '../golang/value.ts'
import type { TemplateTree } from './ast.ts'
import { executeTemplate } from './execute.ts'
import { BUILTINS, type TemplateFunction } from './functions.ts'
import { parseTemplate } from './parse.ts'

/** A template of Go's text/template language, interpreted: nothing of it becomes JavaScript. */
export class Template {
  readonly source: string
  readonly tree: TemplateTree
  readonly #functions: ReadonlyMap<string, TemplateFunction>

  /** `functions` are those beside the ones that every template has. Throws TemplateError. */
  constructor(source: string, functions: ReadonlyMap<string, TemplateFunction> = new Map()) {
    this.source = source
    this.#functions = new Map([...BUILTINS, ...functions])
    this.tree = parseTemplate(source, new Set(this.#functions.keys()))
  }

  /** The template's text for this data. Throws GoError. */
  execute(data: GoValue): string {
    return executeTemplate(this.tree, this.#functions, data)
  }
}
