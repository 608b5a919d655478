import { reasonOf } from '../reason.ts'
import type { Env } from './env.ts'
import { ConfigError } from './error.ts'
import { got } from './got.ts'
import { ArgumentFiller, takesArguments } from './importargs.ts'
import { MAX_PROBLEMS, Problems } from './problems.ts'
import type { Token } from './spec.ts'
import { readStatements, type Statement } from './statement.ts'
import { didYouMean } from './suggest.ts'

/**
 * Where imported files come from: a folder, or what a build took along. `from` is the importing file as named in positions;
 * relative paths start at its folder. May throw an Error whose message is a reason in a few words.
 */
export interface ImportSource {
  /** The file's text; undefined where there is no such file. */
  read(path: string, from: string): string | undefined
  /** Paths of the files that match a pattern with `*`, `?` or `[…]`, each one fit for `read` with the same `from`. */
  glob(pattern: string, from: string): readonly string[]
}

/** Imports of one Corefile, repeated ones counted each time: it ends what would double with every step. */
export const MAX_IMPORTS = 10_000
export const MAX_STATEMENTS = 1_000_000

/** The statements of one file or snippet that are being read. */
interface Frame {
  /** What messages call it; one thing has one name. */
  readonly name: string
  readonly statements: readonly Statement[]
  next: number
}

interface Snippet {
  readonly label: Token
  readonly statements: readonly Statement[]
}

/** The statements of a Corefile in order, with every import replaced by what it brings in. */
export class StatementSource {
  readonly problems = new Problems()
  readonly #arguments = new ArgumentFiller(this.problems)
  readonly warnings: ConfigError[] = []
  readonly #env: Env
  readonly #imports: ImportSource | undefined
  readonly #snippets = new Map<string, Snippet>()
  readonly #files = new Map<string, readonly Statement[]>()
  readonly #frames: Frame[] = []
  /** What was to be imported and is not there. */
  readonly #missing: Token[] = []
  #pending: Statement | undefined
  #importCount = 0
  #statementCount = 0

  constructor(text: string, file: string, env: Env, imports?: ImportSource) {
    this.#env = env
    this.#imports = imports
    this.#push(fileName(file, ''), this.#read(text, file))
  }

  /** The Corefile and all files imported so far, as named in positions. */
  get files(): readonly string[] {
    return [...this.#files.keys()]
  }

  /** The next statement, or undefined at the end. */
  next(): Statement | undefined {
    for (;;) {
      const statement = this.#nextRaw()
      if (!statement || !isImport(statement)) return statement
      this.#import(statement)
    }
  }

  /** The next statement without taking it. */
  peek(): Statement | undefined {
    this.#pending = this.next()
    return this.#pending
  }

  /** The statements up to the brace that closes the block just opened, imports left as they are. */
  takeBlock(): Statement[] {
    const block: Statement[] = []
    for (let depth = 1; ; ) {
      const statement = this.#nextRaw()
      if (!statement) return block
      depth += statement.open ? 1 : statement.close ? -1 : 0
      if (depth === 0) return block
      block.push(statement)
    }
  }

  /** Makes a snippet known from here on; false where there is one of this name. */
  define(name: string, label: Token, statements: readonly Statement[]): boolean {
    if (this.#snippets.has(name)) return false
    this.#snippets.set(name, { label, statements })
    return true
  }

  /** To be called at the end: throws ConfigErrors where anything was wrong. */
  finish(): void {
    for (const what of this.#missing) {
      const later = this.#snippets.get(what.text)?.label.at
      if (later) this.#fail(`the snippet is defined only later, at ${later.file}:${later.line}`, what)
      else this.#fail(`there is no such snippet or file${didYouMean(what.text, this.#snippets.keys())}`, what)
    }
    this.problems.throwIfAny()
  }

  #nextRaw(): Statement | undefined {
    const pending = this.#pending
    this.#pending = undefined
    if (pending) return pending
    for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
      if (frame.next < frame.statements.length) return frame.statements[frame.next++]
      this.#frames.pop()
    }
    return undefined
  }

  #push(name: string, statements: readonly Statement[]): void {
    this.#frames.push({ name, statements, next: 0 })
  }

  #import(statement: Statement): void {
    const [directive, what, ...args] = statement.words
    if (statement.open) {
      this.#fail('takes no braces', statement.open)
      this.takeBlock()
    } else if (!what) this.#fail('a snippet or a file must be named', directive)
    else if (what.text === '') this.#fail('a snippet or a file must be named', what)
    else if (++this.#importCount > MAX_IMPORTS) this.#stop(`more than ${MAX_IMPORTS} imports`, what)
    else {
      const found = this.#snippets.get(what.text)
      if (found) this.#enter(`(${what.text})`, found.statements, what, args)
      else if (/[*?[\]]/.test(what.text)) this.#importGlob(what, args)
      else this.#importFile(what, args)
    }
  }

  #importFile(what: Token, args: readonly Token[]): void {
    const found = this.#open(what.text, what)
    if (found) this.#enter(found.name, found.statements, what, args)
  }

  #importGlob(what: Token, args: readonly Token[]): void {
    let paths: readonly string[]
    try {
      paths = [...(this.#imports?.glob(what.text, what.at.file) ?? [])].sort()
    } catch (error) {
      this.#fail(`cannot be searched: ${reasonOf(error)}`, what)
      return
    }
    if (paths.length === 0)
      this.warnings.push(new ConfigError(`import: there is no such file${got(what.text)}`, what.at))
    const opened = paths.map((path) => this.#open(path, what))
    // The last one pushed is read first.
    for (const found of opened.reverse()) if (found) this.#enter(found.name, found.statements, what, args)
  }

  #open(path: string, what: Token): { name: string; statements: readonly Statement[] } | undefined {
    const name = fileName(path, what.at.file)
    let statements = this.#files.get(name)
    if (statements) return { name, statements }
    try {
      const text = this.#imports?.read(path, what.at.file)
      if (text === undefined) this.#miss(what)
      else statements = this.#read(text, name)
    } catch (error) {
      this.#fail(`cannot be read: ${reasonOf(error)}`, what)
    }
    return statements && { name, statements }
  }

  #read(text: string, file: string): readonly Statement[] {
    const warn = (warning: ConfigError): void => void this.warnings.push(warning)
    const statements = readStatements(text, { file, env: this.#env, problems: this.problems, warn })
    this.#files.set(fileName(file, ''), statements)
    return statements
  }

  /** Goes on with what is imported. */
  #enter(name: string, statements: readonly Statement[], what: Token, args: readonly Token[]): void {
    const cycle = this.#frames.findIndex((frame) => frame.name === name)
    if (cycle >= 0) {
      const path = [...this.#frames.slice(cycle).map((frame) => frame.name), name].join(' imports ')
      this.#fail(`goes round in circles: ${path}`, what)
      return
    }
    this.#statementCount += statements.length
    if (this.#statementCount > MAX_STATEMENTS) {
      this.#stop(`more than ${MAX_STATEMENTS} lines`, what)
      return
    }
    if (args.length > 0 && !takesArguments(statements)) this.#fail(`${name} takes no arguments`, args[0])
    const filled = statements.map((statement) => this.#arguments.fillIn(statement, args))
    if (this.#arguments.isExhausted) this.#stop('arguments grow too long', what)
    else this.#push(name, filled)
  }

  #miss(what: Token): void {
    if (this.#missing.length <= MAX_PROBLEMS) this.#missing.push(what)
  }

  #fail(message: string, { text, at }: Token): void {
    this.problems.add(new ConfigError(`import: ${message}${got(text)}`, at))
  }

  /** An error after which nothing more is read. */
  #stop(message: string, what: Token): void {
    this.#fail(message, what)
    this.#frames.length = 0
  }
}

function isImport({ words }: Statement): boolean {
  return words.length > 0 && words[0].text === 'import' && !words[0].quoted
}

/** One name for each file: `path` from the folder of `from`, without `.` and `..` where they can be resolved. */
function fileName(path: string, from: string): string {
  const isAbsolute = path.startsWith('/')
  const folder = isAbsolute ? '' : from.slice(0, from.lastIndexOf('/') + 1)
  const parts: string[] = []
  for (const part of (folder + path).split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return (isAbsolute || folder.startsWith('/') ? '/' : '') + parts.join('/')
}
