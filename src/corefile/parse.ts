import type { Name } from '../dns/name.ts'
import type { Env } from './env.ts'
import { ConfigError, ConfigErrors, type Position } from './error.ts'
import { got } from './got.ts'
import { type ImportSource, StatementSource } from './import.ts'
import { parseKey, splitKeys } from './keys.ts'
import type { Token } from './spec.ts'
import type { Statement } from './statement.ts'

export interface ParseOptions {
  /** The file's name as the user knows it, for positions; `Corefile` where left out. */
  readonly file?: string
  /** Variables for `{$NAME}`; none where left out. */
  readonly env?: Env
  /** Where imported files come from; without it only snippets can be imported. */
  readonly imports?: ImportSource
}

/** A Corefile, its imports and variables put in, its directives not looked at yet. */
export interface Corefile {
  readonly blocks: readonly ServerBlock[]
  /** The Corefile and every file that it imports, as named in positions. */
  readonly files: readonly string[]
  /** Notes that stop nothing, with their positions. */
  readonly warnings: readonly string[]
}

export interface ServerBlock {
  /** At least one. */
  readonly keys: readonly ServerKey[]
  /** In the order written. */
  readonly directives: readonly DirectiveNode[]
  readonly at: Position
}

/** One `SCHEME://ZONE:PORT` before a server block. */
export interface ServerKey {
  /** As written. */
  readonly text: string
  readonly transport: 'dns' | 'tls' | 'https'
  /** Folded; several for a network between two cuts of the reverse tree. */
  readonly zones: readonly Name[]
  /** Undefined where the transport's default applies. */
  readonly port: number | undefined
  readonly at: Position
}

/** A line in braces, and the lines in its own braces where it has some. */
export interface Line {
  readonly tokens: readonly Token[]
  readonly lines: readonly Line[] | undefined
  /** The opening brace. */
  readonly brace: Token | undefined
}

/** One use of a directive as written. */
export interface DirectiveNode {
  readonly name: string
  readonly at: Position
  /** The words after the directive on its line. */
  readonly tokens: readonly Token[]
  /** What stands in its braces; undefined where it has none. */
  readonly lines: readonly Line[] | undefined
  /** The opening brace. */
  readonly brace: Token | undefined
}

const MAX_DEPTH = 50

/** Reads a Corefile. Throws ConfigErrors with everything that is wrong with it; nothing else, whatever the text. */
export function parseCorefile(text: string, options: ParseOptions = {}): Corefile {
  const source = new StatementSource(text, options.file ?? 'Corefile', options.env ?? {}, options.imports)
  const parser = new Parser(source)
  const blocks = parser.blocks()
  const corefile = { blocks, files: source.files, warnings: source.warnings.map((warning) => warning.message) }
  try {
    source.finish()
  } catch (error) {
    throw error instanceof ConfigErrors ? new SyntaxErrors(error.errors, corefile) : error
  }
  return corefile
}

/** What is wrong with a Corefile's syntax, and what can be made of it all the same: a check goes on with that. */
export class SyntaxErrors extends ConfigErrors {
  readonly corefile: Corefile

  constructor(errors: readonly ConfigError[], corefile: Corefile) {
    super(errors)
    this.corefile = corefile
  }
}

class Parser {
  readonly #source: StatementSource

  constructor(source: StatementSource) {
    this.#source = source
  }

  blocks(): ServerBlock[] {
    const blocks: ServerBlock[] = []
    for (let statement = this.#source.next(); statement; statement = this.#source.next()) {
      const block = this.#topLevel(statement)
      if (block) blocks.push(block)
    }
    return blocks
  }

  #topLevel(first: Statement): ServerBlock | undefined {
    const { words, open } = this.#keyLines(first)
    if (words.length === 1 && /^\(.*\)$/s.test(words[0].text)) return this.#snippet(words[0], open)
    const tokens = splitKeys(words)
    if (tokens.length === 0) this.#fail('server block: a key is missing', words[0] ?? open!)
    const keys = tokens.flatMap((token) => this.#key(token))
    return { keys, directives: this.#directives(open !== undefined), at: (words[0] ?? open!).at }
  }

  /** The words before a block: a comma at a line's end calls for the next line; the brace may have a line of its own. */
  #keyLines(first: Statement): { words: readonly Token[]; open: Token | undefined } {
    const words = [...first.words]
    let open = first.open
    for (let comma = words.at(-1); comma && !comma.quoted && comma.text.endsWith(','); comma = words.at(-1)) {
      const next = open ? undefined : this.#source.peek()
      if (!next || next.close || next.words.length === 0) {
        this.#fail('server block: another key must follow the comma', comma)
        break
      }
      this.#source.next()
      for (const word of next.words) words.push(word)
      open = next.open
    }
    const next = open ? undefined : this.#source.peek()
    return next?.open && next.words.length === 0 ? { words, open: this.#source.next()!.open } : { words, open }
  }

  #key(token: Token): ServerKey[] {
    try {
      return [parseKey(token, (warning) => this.#source.warnings.push(warning))]
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.#source.problems.add(error)
      return []
    }
  }

  #snippet(label: Token, open: Token | undefined): undefined {
    const name = label.text.slice(1, -1)
    if (!open) return this.#fail('snippet: a block must follow', label)
    const statements = this.#source.takeBlock()
    if (name === '') this.#fail('snippet: a name must stand in the parentheses', label)
    else if (!this.#source.define(name, label, statements))
      this.#fail('snippet: there is one of this name already', label)
  }

  /** Directives up to the closing brace, or to the end of the file for a block without braces. */
  #directives(hasBraces: boolean): DirectiveNode[] {
    const nodes: DirectiveNode[] = []
    for (let statement = this.#source.next(); statement; statement = this.#source.next()) {
      if (statement.close) {
        if (hasBraces) break
        continue
      }
      const [name, ...tokens] = statement.words
      const line = this.#line(statement, tokens, 0)
      if (!name) this.#fail('a block must open on the line of its directive', statement.open!)
      else if (name.text === '') this.#fail('a directive must not be empty', name)
      else nodes.push({ name: name.text, at: name.at, ...line })
    }
    return nodes
  }

  #line(statement: Statement, tokens: readonly Token[], depth: number): Line {
    return { tokens, lines: statement.open && this.#lines(statement.open, depth + 1), brace: statement.open }
  }

  #lines(open: Token, depth: number): Line[] {
    if (depth > MAX_DEPTH) {
      this.#fail(`blocks in blocks go deeper than ${MAX_DEPTH}`, open)
      this.#source.takeBlock()
      return []
    }
    const lines: Line[] = []
    for (let statement = this.#source.next(); statement && !statement.close; statement = this.#source.next()) {
      const line = this.#line(statement, statement.words, depth)
      if (line.tokens.length > 0) lines.push(line)
      else this.#fail('a block must open on the line of its property', statement.open!)
    }
    return lines
  }

  #fail(message: string, token: Token): undefined {
    this.#source.problems.add(new ConfigError(`${message}${got(token.text)}`, token.at))
  }
}
