import { type Command, usageOf } from './command.ts'
import { describeFlags, parseFlags, UsageError } from './flags.ts'
import { newProject } from './scaffold.ts'

const USAGE = usageOf(
  'coredge init [FOLDER]',
  `Puts into a folder (this one) what it lacks of a project: a Corefile with a zone, plugin.cfg with the plugins in the order of
their chain, wrangler.toml for the Worker, and package.json. What is there stays as it is.`,
  describeFlags({}),
)

/** `coredge init`. */
export const init: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, {})
    if (words.length > 1) throw new UsageError(`takes one folder, got "${words[1]}" too`)
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const [folder = '.'] = words
    const files = newProject(folder)
    for (const file of files) console.log(`wrote ${folder === '.' ? '' : `${folder}/`}${file}`)
    if (files.length === 0) console.log('nothing is missing')
    else console.log('\nto try it: npx coredge dev')
    return 0
  },
}
