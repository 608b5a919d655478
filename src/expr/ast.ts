import type { GoValue } from '../golang/value.ts'

/** What an expression is made of once parsed. `at` is the offset of the token that a message points at. */
export type Node = { readonly at: number } & (
  | { readonly kind: 'constant'; readonly value: GoValue }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'conditional'; readonly test: Node; readonly then: Node; readonly otherwise: Node }
  | { readonly kind: 'member'; readonly object: Node; readonly property: Node; readonly optional: boolean }
  | { readonly kind: 'chain'; readonly node: Node }
  | { readonly kind: 'slice'; readonly object: Node; readonly from: Node | undefined; readonly to: Node | undefined }
  | { readonly kind: 'call'; readonly callee: Node; readonly args: readonly Node[] }
  | { readonly kind: 'builtin'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'predicate'; readonly body: Node }
  | { readonly kind: 'pointer'; readonly name: string }
  | { readonly kind: 'let'; readonly name: string; readonly value: Node; readonly body: Node }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly pairs: readonly (readonly [Node, Node])[] }
)

export type NodeOf<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>
