import { unquote } from '../golang/strconv.ts'
import type { BranchNode, CallNode, Pipe, TemplateNode, TemplateTree } from './ast.ts'
import { TemplateError, type TemplateToken } from './lex.ts'
import { PipeParser } from './pipe.ts'
import { TokenReader, unexpected } from './tokens.ts'

/** Deeper nesting than this is a mistake or an attack on the stack. */
export const MAX_NESTING = 100

/** Parses a template of Go's text/template language. Functions must be known. Throws TemplateError. */
export function parseTemplate(source: string, functions: ReadonlySet<string>): TemplateTree {
  const parser = new Parser(source, functions)
  return { body: parser.body(), defined: parser.defined }
}

/** How a list of nodes ended. */
interface List {
  readonly nodes: TemplateNode[]
  readonly end: 'end' | 'else'
}

class Parser {
  readonly defined = new Map<string, readonly TemplateNode[]>()
  readonly #tokens: TokenReader
  readonly #pipes: PipeParser
  #depth = 0
  #loops = 0

  constructor(source: string, functions: ReadonlySet<string>) {
    this.#tokens = new TokenReader(source)
    this.#pipes = new PipeParser(this.#tokens, functions)
  }

  /** The whole template. */
  body(): TemplateNode[] {
    const nodes: TemplateNode[] = []
    while (this.#tokens.peek().kind !== 'end') {
      const word = this.#keyword()
      if (word?.text === 'define') this.#define()
      else if (word?.text === 'end' || word?.text === 'else') throw unexpected(word, 'template')
      else this.#node(nodes)
    }
    return nodes
  }

  /** The word that the action at hand starts with. */
  #keyword(): TemplateToken | undefined {
    if (this.#tokens.peek().kind !== 'open') return undefined
    const word = this.#tokens.lookAhead(1)
    return word.kind === 'word' ? word : undefined
  }

  #define(): void {
    this.#open()
    const name = this.#name('define clause')
    this.#tokens.expect('close', 'define clause')
    const outer = this.#pipes.enter([])
    const loops = this.#loops
    this.#loops = 0
    const list = this.#list('define')
    if (list.end !== 'end') throw new TemplateError('unexpected {{else}} in define', this.#tokens.peek().at)
    this.#loops = loops
    this.#pipes.leave(outer)
    this.#keep(name, list.nodes)
  }

  /** A template under a name: one that says something is not replaced, and one that says nothing replaces none. */
  #keep(name: string, nodes: readonly TemplateNode[]): void {
    const there = this.defined.get(name)
    if (!there || saysNothing(there)) this.defined.set(name, nodes)
    else if (!saysNothing(nodes))
      throw new TemplateError(`multiple definition of template "${name}"`, this.#tokens.peek().at)
  }

  /** Steps over `{{` and the keyword. */
  #open(): TemplateToken {
    this.#tokens.next()
    return this.#tokens.nextNonSpace()
  }

  #name(context: string): string {
    const token = this.#tokens.expect('string', context)
    return unquote(token.text) ?? raise('bad string', token)
  }

  /** Nodes up to `{{end}}` or `{{else}}`; the keyword is read, what follows `else` is not. */
  #list(context: string): List {
    if (++this.#depth > MAX_NESTING) throw new TemplateError('nested too deeply', this.#tokens.peek().at)
    const nodes: TemplateNode[] = []
    for (;;) {
      const token = this.#tokens.peek()
      if (token.kind === 'end') throw new TemplateError(`unexpected end of template in ${context}`, token.at)
      const word = this.#keyword()
      if (word?.text === 'end') {
        this.#open()
        this.#tokens.expect('close', 'end')
        this.#depth--
        return { nodes, end: 'end' }
      }
      if (word?.text === 'else') {
        this.#open()
        this.#depth--
        return { nodes, end: 'else' }
      }
      this.#node(nodes)
    }
  }

  #node(nodes: TemplateNode[]): void {
    const token = this.#tokens.peek()
    if (token.kind === 'text') {
      this.#tokens.next()
      nodes.push({ kind: 'text', text: token.text })
      return
    }
    const word = this.#keyword()
    switch (word?.text) {
      case 'if':
      case 'range':
      case 'with':
        this.#open()
        nodes.push(this.#branch(word.text))
        return
      case 'break':
      case 'continue':
        this.#open()
        this.#tokens.expect('close', word.text)
        if (this.#loops === 0) throw new TemplateError(`{{${word.text}}} outside {{range}}`, word.at)
        nodes.push({ kind: word.text })
        return
      case 'template':
        this.#open()
        nodes.push(this.#call())
        return
      case 'block':
        this.#open()
        nodes.push(this.#block())
        return
      case 'define':
        throw unexpected(word, 'nested template')
    }
    this.#tokens.next()
    nodes.push({ kind: 'action', pipe: this.#pipes.pipeline('command', 'close', false) })
  }

  #branch(kind: BranchNode['kind']): BranchNode {
    const outer = this.#pipes.mark()
    const pipe = this.#pipes.pipeline(kind, 'close', kind === 'range')
    if (kind === 'range') this.#loops++
    const list = this.#list(kind)
    if (kind === 'range') this.#loops--
    const otherwise = list.end === 'end' ? [] : this.#otherwise(kind)
    this.#pipes.leave(outer)
    return { kind, pipe, body: list.nodes, otherwise }
  }

  /** What follows `{{else`: nothing, or `if …` and `with …` as a short form of a nested one. */
  #otherwise(kind: BranchNode['kind']): TemplateNode[] {
    const word = this.#tokens.peekNonSpace()
    if (kind !== 'range' && word.kind === 'word' && word.text === kind) {
      this.#tokens.next()
      if (++this.#depth > MAX_NESTING) throw new TemplateError('nested too deeply', word.at)
      const nested = this.#branch(kind)
      this.#depth--
      return [nested]
    }
    this.#tokens.expect('close', 'else')
    const list = this.#list(kind)
    if (list.end === 'else') throw new TemplateError('expected end; found {{else}}', this.#tokens.peek().at)
    return list.nodes
  }

  #call(): CallNode {
    const name = this.#name('template clause')
    const pipe = this.#tokens.peekNonSpace().kind === 'close' ? this.#close() : this.#argument('template clause')
    return { kind: 'template', name, pipe }
  }

  #close(): undefined {
    this.#tokens.nextNonSpace()
  }

  #argument(context: string): Pipe {
    return this.#pipes.pipeline(context, 'close', false)
  }

  /** `{{block "name" pipeline}} … {{end}}`: define, and call at once. */
  #block(): CallNode {
    const name = this.#name('block clause')
    const pipe = this.#argument('block clause')
    const outer = this.#pipes.enter([])
    const list = this.#list('block')
    if (list.end !== 'end') throw new TemplateError('unexpected {{else}} in block', this.#tokens.peek().at)
    this.#pipes.leave(outer)
    this.#keep(name, list.nodes)
    return { kind: 'template', name, pipe }
  }
}

const saysNothing = (nodes: readonly TemplateNode[]): boolean =>
  nodes.every((node) => node.kind === 'text' && node.text.trim() === '')

function raise(message: string, token: TemplateToken): never {
  throw new TemplateError(message, token.at)
}
