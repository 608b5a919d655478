import { Debug, Errors } from '../../capabilities.ts'
import { got } from '../../corefile/got.ts'
import { Complaint, optional, type PropertyUse, required, rest } from '../../corefile/spec.ts'
import { duration, oneOf, word } from '../../corefile/values.ts'
import { loadPatterns } from '../../patterns.ts'
import { definePlugin } from '../../plugin.ts'
import type { Pattern } from '../../regexp.ts'
import { Consolidation, type Level } from './consolidation.ts'
import { ErrorLog } from './errors.ts'

const LEVELS: readonly Level[] = ['warning', 'error', 'info', 'debug']

const consolidate = [required('duration', duration), required('regexp', word), rest('options', word)] as const

/** `errors`: failures of plugins go to the log. */
export const plugin = definePlugin({
  name: 'errors',
  directive: {
    args: [optional('destination', oneOf(['stdout']))],
    properties: { stacktrace: { args: [], repeat: true }, consolidate: { args: consolidate, repeat: true } },
    once: true,
  },
  setup([use], block) {
    const { log } = block.runtime
    const write = {
      error: (line: string) => log.error(line),
      warning: (line: string) => log.warn(line),
      info: (line: string) => log.info(line),
      debug: (line: string) => {
        if (block.find(Debug)) log.info(line)
      },
    }
    const consolidations: Consolidation[] = []
    const wanted = use.all('consolidate').map((property) => ({ property, options: optionsOf(property) }))
    const stacks = (): boolean => block.find(Debug) ?? false
    const sink = new ErrorLog({ consolidations, stacktrace: use.has('stacktrace'), debug: stacks }, write)
    block.provide(Errors, sink)
    if (wanted.length === 0) return sink
    const load = async (): Promise<void> => {
      const { compilePattern } = await loadPatterns()
      for (const { property, options } of wanted) {
        const pattern = patternOf(property, compilePattern)
        consolidations.push(new Consolidation({ period: property.args.duration, pattern, ...options }, write))
      }
    }
    return { name: 'errors', load, stop: () => sink.stop() }
  },
})

function patternOf(property: PropertyUse<typeof consolidate>, compile: (text: string) => Pattern): Pattern {
  const { regexp } = property.args
  try {
    return compile(regexp)
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    throw property.error(`regexp ${error.message}${got(regexp)}`, property.tokens[1])
  }
}

/** `[LEVEL] [show_first]`, in this order. */
function optionsOf(property: PropertyUse<typeof consolidate>): { level: Level; showFirst: boolean } {
  const [first, second, surplus] = property.tokens.slice(2)
  const level = LEVELS.find((level) => level === first?.text)
  const flag = level ? second : first
  const wrong = (level ? surplus : second) ?? (flag && flag.text !== 'show_first' ? flag : undefined)
  if (wrong) throw property.error(`takes a level (${LEVELS.join(', ')}), then show_first, got "${wrong.text}"`, wrong)
  return { level: level ?? 'error', showFirst: flag !== undefined }
}
