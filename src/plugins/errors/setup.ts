import { Debug, Errors } from '../../capabilities.ts'
import { optional, type PropertyUse, required, rest } from '../../corefile/spec.ts'
import { duration, oneOf, word } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { regexp } from '../../regexp.ts'
import { Consolidation, type Level } from './consolidation.ts'
import { ErrorLog } from './errors.ts'

const LEVELS: readonly Level[] = ['warning', 'error', 'info', 'debug']

const consolidate = [required('duration', duration), required('regexp', regexp), rest('options', word)] as const

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
    const consolidations = use.all('consolidate').map((property) => {
      const { duration, regexp } = property.args
      return new Consolidation({ period: duration, pattern: regexp, ...optionsOf(property) }, write)
    })
    const stacks = (): boolean => block.find(Debug) ?? false
    const sink = new ErrorLog({ consolidations, stacktrace: use.has('stacktrace'), debug: stacks }, write)
    block.provide(Errors, sink)
    return sink
  },
})

/** `[LEVEL] [show_first]`, in this order. */
function optionsOf(property: PropertyUse<typeof consolidate>): { level: Level; showFirst: boolean } {
  const [first, second, surplus] = property.tokens.slice(2)
  const level = LEVELS.find((level) => level === first?.text)
  const flag = level ? second : first
  const wrong = (level ? surplus : second) ?? (flag && flag.text !== 'show_first' ? flag : undefined)
  if (wrong) throw property.error(`takes a level (${LEVELS.join(', ')}), then show_first, got "${wrong.text}"`, wrong)
  return { level: level ?? 'error', showFirst: flag !== undefined }
}
