import type { Corefile, DirectiveNode, ServerBlock } from '../corefile/parse.ts'
import type { Instance } from '../instance.ts'
import type { Site } from '../listenerplan.ts'
import type { Plugin, PluginModule } from '../plugin.ts'

export interface ChainTextOptions {
  readonly corefile: Corefile
  readonly modules: readonly PluginModule[]
  /** What could be set up of the Corefile. */
  readonly parts: readonly Instance[]
}

/** The chain of each block in the order in which a query goes through it, and where each plugin works. */
export function chainText(options: ChainTextOptions): string {
  return options.corefile.blocks.map((block) => blockLines(block, options).join('\n')).join('\n\n')
}

function blockLines(block: ServerBlock, { corefile, modules, parts }: ChainTextOptions): string[] {
  const written = Map.groupBy(block.directives, ({ name }) => name)
  const used = modules.filter(({ name }) => written.has(name))
  const plugins = pluginsOf(block, parts)
  const isIn = (name: string): boolean => plugins === undefined || plugins.some((plugin) => plugin.name === name)
  const width = Math.max(...used.map(({ name }) => name.length), 0)
  const row = (module: PluginModule, number: string): string => {
    const places = written.get(module.name)!.map(placeText).join(', ')
    return `${number.padStart(4)}  ${module.name.padEnd(width)}  ${places}  ${isIn(module.name) || module.runtimes ? sidesText(module) : 'has mistakes'}`
  }
  const chain = used.filter(({ name }) => plugins?.some((plugin) => plugin.name === name && plugin.serve) ?? true)
  const aside = used.filter((module) => !chain.includes(module))
  return [
    `${block.keys.map(({ text }) => text).join(', ')} (${block.at.file}:${block.at.line})`,
    `  ${reachText(block, corefile, parts)}`,
    ...chain.map((module, i) => row(module, `${i + 1}`)),
    ...aside.map((module) => row(module, '-')),
  ]
}

const sitesOf = (parts: readonly Instance[]): Site[] => parts.flatMap(({ sites }) => sites)

/** The block's plugins. Undefined where it could not be set up. */
function pluginsOf({ at }: ServerBlock, parts: readonly Instance[]): readonly Plugin[] | undefined {
  const builders = sitesOf(parts).flatMap(({ zones }) => [...zones.keys()])
  return builders.find(({ source }) => source.at === at)?.plugins
}

function reachText(block: ServerBlock, { blocks }: Corefile, parts: readonly Instance[]): string {
  const isOverHttps = ({ keys }: ServerBlock): boolean => keys.some(({ transport }) => transport === 'https')
  const isAtEdge = isOverHttps(block) || !blocks.some(isOverHttps)
  const isOwn = ({ zones }: Site): boolean => [...zones.keys()].some(({ source }) => source.at === block.at)
  const listeners = sitesOf(parts).filter((site) => site.address !== '' && isOwn(site))
  return [
    ...(listeners.length > 0 ? [`node: ${listeners.map(({ name }) => name.text).join(', ')}`] : []),
    `edge: ${isAtEdge ? 'by HTTPS' : 'not asked, as there are blocks for https://'}`,
  ].join('; ')
}

function sidesText({ runtimes }: PluginModule): string {
  const sides = (['node', 'workers'] as const).map((side) => {
    const name = side === 'node' ? 'node' : 'edge'
    const verdict = runtimes?.[side]
    if (!verdict) return name
    return `${verdict === 'ignored' ? 'no effect' : 'an error'} at the ${name} (${runtimes!.why})`
  })
  return sides.join(', ').replace('at the node', 'on node')
}

const placeText = ({ at: { file, line, column } }: DirectiveNode): string => `${file}:${line}:${column}`
