import type { Metafile } from 'esbuild'

/** What a part of a bundle takes of it. Octets, before compression. */
export interface Share {
  readonly name: string
  readonly size: number
}

/** What would be gone without the plugin; what several plugins share; and what is there without any plugin. */
export function sharesOf(metafile: Metafile, list: string, plugins: readonly string[]): Share[] {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)!
  const graph = new Map(Object.entries(metafile.inputs).map(([path, { imports }]) => [path, pathsOf(imports)]))
  const chain = [...graph.keys()].find((path) => path.endsWith(list))!
  const roots = graph.get(chain)!
  const sizeWithout = (without: readonly string[]): number => {
    const seen = new Set<string>()
    const open = [output.entryPoint!]
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      const imports = graph.get(path) ?? []
      open.push(...(path === chain ? imports.filter((one) => !without.includes(one)) : imports))
    }
    return [...seen].reduce((size, path) => size + (output.inputs[path]?.bytesInOutput ?? 0), 0)
  }
  const all = sizeWithout([])
  const core = sizeWithout(roots)
  const shares = plugins
    .map((name, i) => ({ name, size: all - sizeWithout([roots[i]]) }))
    .sort((a, b) => b.size - a.size)
  const own = shares.reduce((sum, { size }) => sum + size, 0)
  return [...shares, { name: '(shared by plugins)', size: all - core - own }, { name: '(core)', size: core }]
}

/** That plugins of others import `coredge` does not make them need all the plugins that it exports. */
function pathsOf(imports: Metafile['inputs'][string]['imports']): string[] {
  return imports.map(({ path }) => path).filter((path) => !EXPORTS.test(path))
}

const EXPORTS = /(^|[\\/])plugins[\\/]index\.gen\.[jt]s$/
