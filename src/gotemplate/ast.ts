import type { GoValue } from '../golang/value.ts'

/** What a template is made of once parsed. */
export type TemplateNode = TextNode | ActionNode | BranchNode | CallNode | { readonly kind: 'break' | 'continue' }

export interface TextNode {
  readonly kind: 'text'
  readonly text: string
}

export interface ActionNode {
  readonly kind: 'action'
  readonly pipe: Pipe
}

export interface BranchNode {
  readonly kind: 'if' | 'range' | 'with'
  readonly pipe: Pipe
  readonly body: readonly TemplateNode[]
  readonly otherwise: readonly TemplateNode[]
}

/** `{{template "name" pipeline}}`. */
export interface CallNode {
  readonly kind: 'template'
  readonly name: string
  readonly pipe: Pipe | undefined
}

/** Commands that hand their value on; variables named in `variables` take the result. */
export interface Pipe {
  readonly variables: readonly string[]
  /** `=` in place of `:=`. */
  readonly assign: boolean
  readonly commands: readonly Command[]
}

export interface Command {
  readonly operands: readonly Operand[]
}

export type Operand =
  | { readonly kind: 'dot' | 'nil' }
  | { readonly kind: 'constant'; readonly value: GoValue; readonly text: string }
  | { readonly kind: 'field'; readonly names: readonly string[] }
  | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: 'chain'; readonly operand: Operand; readonly names: readonly string[] }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }

/** A parsed template and those that it defines. */
export interface TemplateTree {
  readonly body: readonly TemplateNode[]
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>
}
