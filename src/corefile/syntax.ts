import type { Arg, DirectiveSpec, PropertySpec } from './spec.ts'

/** A directive's syntax as its documentation shows it: `cache [TTL] [ZONES…] {`, a line for each property, `}`. */
export function specSyntax(name: string, spec: DirectiveSpec): string {
  const head = [name, argumentsSyntax(spec.args)].filter(Boolean).join(' ')
  const lines = Object.entries(spec.properties ?? {}).map(([property, declared]) => propertySyntax(property, declared))
  if (spec.lines) lines.unshift('    …')
  return lines.length === 0 || spec.braces === false ? head : `${head} {\n${lines.join('\n')}\n}`
}

/** `CAPACITY [TTL] [ZONES…]`: capitals for what the user puts in, brackets for what can be left out. */
export function argumentsSyntax(args: readonly Arg[]): string {
  return args.map(argumentSyntax).join(' ')
}

function argumentSyntax({ name, type, kind }: Arg): string {
  const shown = type.literal ? type.label : name.toUpperCase()
  const list = kind === 'rest' || kind === 'some' ? `${shown}…` : shown
  return kind === 'optional' || kind === 'rest' ? `[${list}]` : list
}

function propertySyntax(name: string, { args, lines }: PropertySpec): string {
  const head = ['   ', name, argumentsSyntax(args)].filter(Boolean).join(' ')
  return lines ? `${head} {\n        …\n    }` : head
}
