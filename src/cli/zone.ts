import { parseName } from '../dns/name.ts'
import { NodeFiles } from '../runtime/node-files.ts'
import { ZoneError } from '../zone/error.ts'
import { type Command, usageOf } from './command.ts'
import { describeError } from './errors.ts'
import { describeFlags, parseFlags, UsageError } from './flags.ts'

const USAGE = usageOf(
  'coredge zone check FILE ORIGIN',
  `Reads a zone file and looks for mistakes in it and in the zone that it describes. Prints every one with its place.
Exit code: 0 when there is none, else 1.`,
  describeFlags({}),
)

/** `coredge zone check`. */
export const zone: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, {})
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const [action, file, origin, more] = words
    if (action !== 'check' || file === undefined || origin === undefined || more !== undefined)
      throw new UsageError(`it takes the word check, a file and the zone's name, got "${words.join(' ')}"`)
    return checkZone(file, origin)
  },
}

async function checkZone(file: string, origin: string): Promise<number> {
  try {
    const { warnings, top } = await new NodeFiles().zone(file, parseName(origin))
    for (const warning of warnings) console.error(`warning: ${warning}`)
    if (top.negative.length === 0) throw new ZoneError(`no SOA record for the zone ${origin}`, file)
    console.log(`${file}: no mistakes`)
    return 0
  } catch (error) {
    for (const line of describeError(error)) console.error(line)
    return 1
  }
}
