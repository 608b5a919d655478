import { ConfigError, ConfigErrors, type Position } from '../corefile/error.ts'
import { parseKey } from '../corefile/keys.ts'
import type { Corefile, DirectiveNode, Line, ServerBlock } from '../corefile/parse.ts'
import type { DirectiveSpec, Token } from '../corefile/spec.ts'
import type { DefinedPlugin, PluginModule } from '../plugin.ts'

/** A Corefile from values of a program, in place of text. */

/** One word of a Corefile. It is taken as it is: quotes, braces and `{$VARIABLES}` in it mean nothing. */
export type Word = string | number

/**
 * The words of one property: `true` for none, a word, several, or several lines of them. What is false or undefined is left out.
 */
export type PropertyWords = boolean | Word | readonly Word[] | readonly (readonly Word[])[] | undefined

/** What stands in a directive's braces: its properties, or lines of words as a Corefile has them. */
export type Body<Spec extends DirectiveSpec = DirectiveSpec> =
  | { readonly [P in keyof NonNullable<Spec['properties']>]?: PropertyWords }
  | readonly (readonly Word[])[]

/** One use of a directive: see `use`. */
export interface DirectiveUse {
  readonly plugin: PluginModule
  readonly args: readonly Word[]
  readonly lines: readonly (readonly Word[])[] | undefined
}

/**
 * Uses a plugin in a block: `use(forwardPlugin, ['.', '9.9.9.9'], { max_concurrent: 1000 })` is what a Corefile says by
 * `forward . 9.9.9.9 { max_concurrent 1000 }`. Whether the words are right is found out by createServer.
 */
export function use<Spec extends DirectiveSpec>(
  plugin: DefinedPlugin<Spec>,
  args: Word | readonly Word[] = [],
  body?: Body<Spec>,
): DirectiveUse {
  return { plugin, args: [args].flat(), lines: body && linesOf(body) }
}

/** A server block. */
export interface BlockOptions {
  /** Its keys: `example.org`, `.:1053`, `tls://example.org`. At least one. */
  readonly zones: string | readonly string[]
  /** Its directives, in the order in which their plugins are to see a query. */
  readonly plugins: readonly DirectiveUse[]
}

function linesOf(body: Body): readonly (readonly Word[])[] {
  if (Array.isArray(body)) return body
  return Object.entries(body as Record<string, PropertyWords>).flatMap(([property, words]) => {
    if (words === undefined || words === false) return []
    if (words === true) return [[property]]
    if (!Array.isArray(words)) return [[property, words as Word]]
    const lines = words.some(Array.isArray) ? (words as readonly (readonly Word[])[]) : [words as readonly Word[]]
    return lines.map((line) => [property, ...line])
  })
}

/** A Corefile, the same as text, and which plugins each of its blocks has, in chain order. */
export interface WrittenCorefile {
  readonly corefile: Corefile
  readonly text: string
  modulesOf(block: ServerBlock): readonly PluginModule[]
}

/** What error messages call a Corefile that was never a file. */
const FILE = 'Corefile'

/** Writes blocks as a Corefile. Throws ConfigErrors where a key is none. */
export function writeCorefile(blocks: readonly BlockOptions[]): WrittenCorefile {
  const writer = new Writer()
  const modules = new Map<ServerBlock, readonly PluginModule[]>()
  for (const block of blocks)
    modules.set(
      writer.block(block),
      block.plugins.map(({ plugin }) => plugin).filter((plugin, i, all) => all.indexOf(plugin) === i),
    )
  if (writer.errors.length > 0) throw new ConfigErrors(writer.errors)
  return {
    corefile: { blocks: [...modules.keys()], files: [FILE], warnings: writer.warnings },
    text: writer.text,
    modulesOf: (block) => modules.get(block)!,
  }
}

/** Makes the text and the nodes at once, so that positions in messages are those in the text. */
class Writer {
  text = ''
  readonly errors: ConfigError[] = []
  readonly warnings: string[] = []
  #line = 1
  #column = 1

  block({ zones, plugins }: BlockOptions): ServerBlock {
    const at = this.#here()
    const tokens = [zones].flat().map((zone) => this.#word(zone))
    if (tokens.length === 0) this.errors.push(new ConfigError('server block: a key is missing', at))
    const keys = tokens.flatMap((token) => {
      try {
        return [parseKey(token, (warning) => this.warnings.push(warning.message))]
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        this.errors.push(error)
        return []
      }
    })
    this.#put('{')
    this.#end()
    const directives = plugins.map((plugin) => this.#directive(plugin))
    this.#put('}')
    this.#end()
    return { keys, directives, at }
  }

  #directive({ plugin, args, lines }: DirectiveUse): DirectiveNode {
    this.#indent(1)
    const { text: name, at } = this.#word(plugin.name)
    const tokens = args.map((arg) => this.#word(arg))
    if (!lines) {
      this.#end()
      return { name, at, tokens, lines: undefined, brace: undefined }
    }
    const brace: Token = { text: '{', at: this.#here(), quoted: false }
    this.#put('{')
    this.#end()
    const body = lines.map((words) => this.#bodyLine(words))
    this.#indent(1)
    this.#put('}')
    this.#end()
    return { name, at, tokens, lines: body, brace }
  }

  #bodyLine(words: readonly Word[]): Line {
    this.#indent(2)
    const tokens = words.map((word) => this.#word(word))
    this.#end()
    return { tokens, lines: undefined, brace: undefined }
  }

  #word(word: Word): Token {
    const text = String(word)
    const at = this.#here()
    this.#put(/^[^\s"{}#\\]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`)
    return { text, at, quoted: true }
  }

  #put(text: string): void {
    this.text += text
    this.#column += text.length
    this.text += ' '
    this.#column++
  }

  #indent(depth: number): void {
    this.text += '    '.repeat(depth)
    this.#column += 4 * depth
  }

  #end(): void {
    this.text = `${this.text.trimEnd()}\n`
    this.#line++
    this.#column = 1
  }

  #here(): Position {
    return { file: FILE, line: this.#line, column: this.#column }
  }
}
