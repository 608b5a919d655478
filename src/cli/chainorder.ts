import { ConfigError } from '../corefile/error.ts'
import type { Corefile, DirectiveNode, ServerBlock } from '../corefile/parse.ts'
import type { PluginModule } from '../plugin.ts'

/**
 * Notes on directives that a reader of the Corefile takes to run later than they do. The order of the chain is that of
 * plugin.cfg; written another way it can mislead where one of two answers before the other, or decides what the other gets
 * to see. Directives that configure may stand anywhere.
 */
export function orderNotes({ blocks }: Pick<Corefile, 'blocks'>, modules: readonly PluginModule[]): string[] {
  return blocks.flatMap((block) => notesOf(block, modules))
}

function notesOf({ directives }: ServerBlock, modules: readonly PluginModule[]): string[] {
  const place = new Map(modules.map((module, i) => [module.name, { module, i }]))
  const first = [...Map.groupBy(directives, ({ name }) => name).values()].map(([node]) => node)
  return first.flatMap((node, at) => {
    const own = place.get(node.name)
    const overtaken = first.slice(0, at).find((earlier) => {
      const other = place.get(earlier.name)
      return own && other && own.i < other.i && matters(own.module, other.module)
    })
    return own && overtaken ? [noteOn(node, own.module, overtaken)] : []
  })
}

/** Does it matter that the one runs before the other, though written after it? */
function matters({ part }: PluginModule, other: PluginModule): boolean {
  if (part === 'question') return other.part === 'answer' || other.part === 'cache'
  return (part === 'answer' || part === 'access') && other.part === 'answer'
}

const EFFECTS = {
  question: 'sees what this one has made of the question',
  access: 'sees only what this one lets through',
  answer: 'is asked only for what this one passes on',
  cache: '',
} as const

function noteOn(node: DirectiveNode, { part = 'answer' }: PluginModule, { name, at }: DirectiveNode): string {
  const where = `${name} (${at.file}:${at.line}:${at.column})`
  const message = `${node.name}: runs before ${where}, which ${EFFECTS[part]}: the chain's order counts, not the order here`
  return new ConfigError(message, node.at).message
}
