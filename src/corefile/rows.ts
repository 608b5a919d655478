import { isBrace, type Lexeme } from './lexer.ts'

/** A line of a formatted Corefile: words with or without an opening brace, a closing brace, or only a comment. */
export interface Row {
  /** Words as written; more than one part where backslashes break the line. */
  readonly parts: string[][]
  brace: '{' | '}' | undefined
  comment: string | undefined
  depth: number
  blankBefore: boolean
}

/** Lays a Corefile's pieces out in lines. */
export function layOut(lexemes: readonly Lexeme[]): Row[] {
  const layout = new Layout()
  for (const lexeme of lexemes) layout.add(lexeme)
  return joinLoneBraces(layout.rows)
}

class Layout {
  readonly rows: Row[] = []
  #depth = 0
  #newlines = 0
  #isBroken = false
  /** The row that takes further words. */
  #open: Row | undefined
  /** The row of the same line, which takes a comment. */
  #last: Row | undefined

  add(lexeme: Lexeme): void {
    if (lexeme.kind === 'continuation') {
      this.#isBroken = true
      return
    }
    if (lexeme.kind === 'newline') this.#endLine()
    else if (lexeme.kind === 'comment') this.#comment(lexeme.raw.trimEnd())
    else if (isBrace(lexeme, '{')) this.#openBlock()
    else if (isBrace(lexeme, '}')) this.#closeBlock()
    else this.#word(lexeme.raw)
    this.#isBroken = false
  }

  #start(brace?: Row['brace']): Row {
    const row = { parts: [], brace, comment: undefined, depth: this.#depth, blankBefore: this.#newlines > 1 }
    this.rows.push(row)
    this.#newlines = 0
    return row
  }

  #endLine(): void {
    this.#newlines++
    this.#open = this.#last = undefined
  }

  #comment(text: string): void {
    this.#last ??= this.#start()
    this.#last.comment = text
    this.#open = undefined
  }

  #openBlock(): void {
    this.#last = this.#open ?? this.#start()
    this.#last.brace = '{'
    this.#open = undefined
    this.#depth++
  }

  #closeBlock(): void {
    this.#depth = Math.max(this.#depth - 1, 0)
    this.#last = this.#start('}')
    this.#open = undefined
  }

  #word(raw: string): void {
    this.#open ??= this.#start()
    this.#last = this.#open
    if (this.#isBroken || this.#open.parts.length === 0) this.#open.parts.push([])
    this.#open.parts.at(-1)!.push(raw)
  }
}

/** A server block's brace may stand on the line after its keys: it goes to theirs, and comments between into the block. */
function joinLoneBraces(rows: readonly Row[]): Row[] {
  const joined: Row[] = []
  let last = -1 // of the rows that are no comments
  for (const row of rows) {
    const keys = joined[last]
    if (row.brace === '{' && row.parts.length === 0 && keys && mayBeKeys(keys)) {
      keys.brace = '{'
      for (const comment of joined.slice(last + 1)) comment.depth = 1
      if (row.comment !== undefined) joined.push({ ...row, brace: undefined, depth: 1 })
      continue
    }
    joined.push(row)
    if (row.brace || row.parts.length > 0) last = joined.length - 1
  }
  return joined
}

function mayBeKeys({ parts, brace, depth }: Row): boolean {
  return parts.length > 0 && !brace && depth === 0 && parts[0][0] !== 'import'
}
