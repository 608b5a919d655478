import { RootFolder, SearchPaths } from '../../capabilities.ts'
import { required, rest, type Token } from '../../corefile/spec.ts'
import { fileName, zone } from '../../corefile/values.ts'
import type { Name } from '../../dns/name.ts'
import { PerServer } from '../../metrics/perserver.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import { searchDomains } from '../../upstream/resolvconf.ts'
import { AutoPath, type PathOf, type Rule } from './autopath.ts'

/** `autopath [ZONES…] RESOLV-CONF`: the client's search, done here. */
export const plugin = definePlugin({
  name: 'autopath',
  part: 'question',
  directive: { args: [rest('zones', zone), required('resolv.conf', fileName)] },
  setup(uses, block) {
    const loads: (() => void | Promise<void>)[] = []
    const rules = uses.map((use): Rule => {
      const source = use.tokens.at(-1)!
      const { path, load } = source.text.startsWith('@') ? fromPlugin(source, block) : fromFile(source, block)
      loads.push(load)
      return { zones: use.args.zones.length > 0 ? use.args.zones : block.zones, path }
    })
    const name = 'coredns_autopath_success_total'
    const counters = block.metrics.counters(name, 'Searches that found a name.', ['server'])
    const successes = new PerServer((server) => counters.with(server))
    return new AutoPath(rules, successes, async () => void (await Promise.all(loads.map((load) => load()))))
  },
})

interface Source {
  readonly path: PathOf
  readonly load: () => void | Promise<void>
}

/** The path of a client is another plugin's knowledge. */
function fromPlugin(source: Token, block: Block): Source {
  const name = source.text.slice(1)
  const found = () => block.all(SearchPaths).find(({ plugin }) => plugin === name)
  return {
    path: (query) => found()?.of(query),
    load() {
      if (!found())
        block.warn(`autopath: no plugin of this server block has search paths, got "${source.text}"`, source.at)
    },
  }
}

/** All clients have one path, read when the server starts. */
function fromFile(source: Token, block: Block): Source {
  let domains: readonly Name[] = []
  return {
    path: () => domains,
    async load() {
      const { files } = block.runtime
      const folder = block.find(RootFolder)
      const path = folder === undefined ? source.text : files.join(folder, source.text)
      try {
        domains = searchDomains(new TextDecoder().decode(await files.read(path)))
      } catch (error) {
        throw block.error(`autopath: ${reasonOf(error)}, got "${source.text}"`, source.at)
      }
    },
  }
}
