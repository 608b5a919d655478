import { optional, required, rest, type Token, type Use } from '../../corefile/spec.ts'
import { didYouMean } from '../../corefile/suggest.ts'
import { duration, fileName, integer, zone } from '../../corefile/values.ts'
import { Fallthrough } from '../../fallthrough.ts'
import { filePath } from '../../filepath.ts'
import { definePlugin } from '../../plugin.ts'
import { hostsFigures } from './figures.ts'
import { Hosts } from './hosts.ts'
import { isHostLine } from './hostsfile.ts'

const DEFAULT_FILE = '/etc/hosts'
const DEFAULT_TTL = 3600
const DEFAULT_RELOAD = 5000

const directive = {
  args: [optional('file', fileName), rest('zones', zone)],
  properties: {
    ttl: { args: [required('seconds', integer({ min: 1, max: 65_535 }))], repeat: true },
    no_reverse: { args: [], repeat: true },
    reload: { args: [required('interval', duration)], repeat: true },
    fallthrough: { args: [rest('zones', zone)], repeat: true },
    fallthrough_unsupported: { args: [], repeat: true },
  },
  lines: true,
  once: true,
} as const

/** `hosts [FILE [ZONES…]]`: answers from a hosts file and from lines of the Corefile. */
export const plugin = definePlugin({
  name: 'hosts',
  part: 'answer',
  directive,
  setup([use], block) {
    const { file = DEFAULT_FILE, zones } = use.args
    if (use.has('fallthrough_unsupported') && !use.has('fallthrough'))
      throw use.error('fallthrough_unsupported needs fallthrough', use.get('fallthrough_unsupported')!.at)
    for (const line of use.lines) checkLine(line, use)
    return new Hosts(
      {
        path: filePath(block, file),
        interval: use.get('reload')?.args.interval ?? DEFAULT_RELOAD,
        inline: use.lines.map((words) => words.map((word) => word.text).join(' ')).join('\n'),
        zones: zones.length > 0 ? zones : block.zones,
        ttl: use.get('ttl')?.args.seconds ?? DEFAULT_TTL,
        reverse: !use.has('no_reverse'),
        fallthrough: Fallthrough.from(use.get('fallthrough')),
        fallthroughUnsupported: use.has('fallthrough_unsupported'),
      },
      block.runtime,
      hostsFigures(block),
      (message) => block.warn(`hosts: ${message}`, use.at),
    )
  },
})

/** A line of the Corefile is a line of a hosts file, or a property that does not exist. */
function checkLine(words: readonly Token[], use: Use<typeof directive>): void {
  const [first] = words
  if (!isHostLine(words.map((word) => word.text))) {
    const hint = didYouMean(first.text, Object.keys(directive.properties))
    throw use.error(`neither a property${hint} nor an address and its names, got "${first.text}"`, first)
  }
  // CoreDNS refuses them there, so that a Corefile that works here works there.
  const end = use.get('fallthrough')?.at
  if (end && end.file === first.at.file && end.line < first.at.line)
    throw use.error(`addresses must stand before fallthrough, got "${first.text}"`, first)
}
