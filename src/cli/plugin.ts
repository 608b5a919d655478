import { builtin } from './builtin.ts'
import { type Command, usageOf } from './command.ts'
import { describeFlags, parseFlags, UsageError } from './flags.ts'
import { newPlugin } from './scaffold.ts'

const USAGE = usageOf(
  'coredge plugin new NAME [FOLDER]',
  `Writes a folder (./NAME) with a plugin for the directive NAME: its code, its page, and tests, which pass as they are. It logs
each answer and counts the queries; what it is to do instead is up to you.`,
  describeFlags({}),
)

/** `coredge plugin`. */
export const plugin: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, {})
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const [verb, name, folder = `./${name}`, surplus] = words
    if (verb !== 'new') throw new UsageError(`there is only \`plugin new NAME\`${verb ? `, got "${verb}"` : ''}`)
    if (name === undefined) throw new UsageError('the plugin must be given a name')
    if (!/^[a-z][a-z0-9]*$/.test(name))
      throw new UsageError(`the name must be lower-case letters and digits, got "${name}"`)
    if (surplus !== undefined) throw new UsageError(`takes a name and a folder, got "${surplus}" too`)
    if (builtin(name)) throw new UsageError(`coredge brings a plugin "${name}" already; choose another name`)
    for (const file of newPlugin(name, folder)) console.log(`wrote ${folder}/${file}`)
    console.log(`\ntests: cd ${folder} && npm test\nto use it, a line in plugin.cfg: ${name}:${pathOf(folder)}`)
    return 0
  },
}

/** What tells a path from a package's name. */
const pathOf = (folder: string): string => (/^[./]/.test(folder) ? folder : `./${folder}`)
