import type { ConfigError, Position } from './error.ts'

/**
 * Directives as data. A directive declares its arguments and properties; the parser checks a Corefile against the
 * declaration and hands typed values to the plugin's `setup`.
 */

/** One word of a Corefile: unquoted and unescaped, with its place. */
export interface Token {
  readonly text: string
  readonly at: Position
  /** True where the word stood in quotes, or came out of a variable and is not to be taken for a brace or an import. */
  readonly quoted: boolean
}

/** A kind of value: `parse` gives the value or throws a Complaint. */
export interface ValueType<T> {
  /** For messages and documentation: `duration`, `zone`, `0–65535`. */
  readonly label: string
  /** The label is what stands in a Corefile (`on|off`): documentation shows it in place of the argument's name. */
  readonly literal?: boolean
  parse(text: string): T
  /** Used in place of `parse` in `rest` and `some` arguments, where one word may stand for several values (10.0.0.0/15). */
  expand?(text: string): readonly T[]
}

/** What a value type throws: `must be positive`. The parser adds place, directive and the offending word. */
export class Complaint extends Error {
  override name = 'Complaint'
  /** The word is of this type, but not allowed (a number out of range): an optional argument is not skipped over it. */
  readonly certain: boolean

  constructor(message: string, certain = false) {
    super(message)
    this.certain = certain
  }
}

/** A named argument. `kind` says whether it must be there; `rest` takes all remaining words (`some`: at least one). */
export interface Arg<Name extends string = string, T = unknown, Kind extends ArgKind = ArgKind> {
  readonly name: Name
  readonly type: ValueType<T>
  readonly kind: Kind
}
/** Whether an argument must be there, and how many words it takes. */
export type ArgKind = 'required' | 'optional' | 'rest' | 'some'

/** A property inside a directive's braces: its arguments, and how often it may stand there. */
export interface PropertySpec {
  readonly args: readonly Arg[]
  /** Once by default. */
  readonly repeat?: boolean
  /** Braces of its own: lines of free words (`use.get(…)[n].lines`). */
  readonly lines?: boolean
}

/** How a directive is written: its arguments, and what stands in its braces. */
export interface DirectiveSpec {
  readonly args: readonly Arg[]
  readonly properties?: { readonly [name: string]: PropertySpec }
  /** Lines whose first word is no property: their words are handed over in `use.lines` (hosts, rewrite). */
  readonly lines?: boolean
  /** A second use in the same block is an error. */
  readonly once?: boolean
  /** Braces are refused where false (the default is true when there are properties or lines). */
  readonly braces?: boolean
}

type ArgValue<A> =
  A extends Arg<string, infer T, infer Kind>
    ? Kind extends 'required'
      ? T
      : Kind extends 'optional'
        ? T | undefined
        : readonly T[]
    : never

/** `{ ttl: number | undefined, zones: readonly Name[] }` from the arguments' declarations. */
export type ArgValues<Args extends readonly Arg[]> = { readonly [A in Args[number] as A['name']]: ArgValue<A> }

/** One property line as written. */
export interface PropertyUse<Args extends readonly Arg[] = readonly Arg[]> {
  readonly name: string
  readonly args: ArgValues<Args>
  readonly at: Position
  readonly tokens: readonly Token[]
  readonly lines: readonly (readonly Token[])[]
  error(message: string, at?: Token | Position): ConfigError
}

type Properties<Spec extends DirectiveSpec> = NonNullable<Spec['properties']>

/** One use of a directive in a block, checked against its declaration. */
export interface Use<Spec extends DirectiveSpec = DirectiveSpec> {
  readonly name: string
  readonly at: Position
  readonly args: ArgValues<Spec['args']>
  /** The words after the directive on its line. */
  readonly tokens: readonly Token[]
  /** Lines in braces that are no declared property. */
  readonly lines: readonly (readonly Token[])[]
  /** The property as last written, or undefined. */
  get<P extends keyof Properties<Spec> & string>(property: P): PropertyUse<Properties<Spec>[P]['args']> | undefined
  /** All uses of a property, in order. */
  all<P extends keyof Properties<Spec> & string>(property: P): readonly PropertyUse<Properties<Spec>[P]['args']>[]
  has(property: keyof Properties<Spec> & string): boolean
  /** `FILE:LINE:COL: directive: message`, at the directive or at the token given. */
  error(message: string, at?: Token | Position): ConfigError
}

/** An argument that must be there. */
export const required = <N extends string, T>(name: N, type: ValueType<T>): Arg<N, T, 'required'> => ({
  name,
  type,
  kind: 'required',
})
/** An argument that may be left out, or that leaves a word that is not of its type to the next one. */
export const optional = <N extends string, T>(name: N, type: ValueType<T>): Arg<N, T, 'optional'> => ({
  name,
  type,
  kind: 'optional',
})
/** The last argument: all remaining words, if any. A list. */
export const rest = <N extends string, T>(name: N, type: ValueType<T>): Arg<N, T, 'rest'> => ({
  name,
  type,
  kind: 'rest',
})
/** As `rest`, of at least one word. */
export const some = <N extends string, T>(name: N, type: ValueType<T>): Arg<N, T, 'some'> => ({
  name,
  type,
  kind: 'some',
})
