import { orderNotes } from './chainorder.ts'
import { chainText } from './chaintext.ts'
import { type Command, usageOf } from './command.ts'
import { CorefileReader } from './corefile.ts'
import { examine } from './examine.ts'
import { describeFlags, parseFlags, UsageError } from './flags.ts'
import { modules } from './modules.ts'
import { parsePort } from './ports.ts'
import { readRuntime } from './runtimeflag.ts'

const FLAGS = {
  conf: { value: 'FILE', help: 'the Corefile, or "stdin" (./Corefile)' },
  for: { value: 'RUNTIME', help: 'where it is to run: node or workers (node)' },
  chain: { help: 'print the chain of each server block: what a query comes to, in order, and on which side it works' },
  'dns.port': { value: 'PORT', short: 'p', help: 'the port for server blocks that name none (53)' },
} as const

const USAGE = usageOf(
  'coredge check [-conf FILE] [-for node|workers] [-chain]',
  `Looks for mistakes in a Corefile and in all files that it names: zones, host files, certificates. Prints every one with
its place, and a note where the order of directives misleads: plugins see queries in the order of the chain. Opens no sockets
and changes nothing. Exit code: 0 when all is well, else 1.`,
  describeFlags(FLAGS),
)

/** `coredge check`. */
export const check: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, FLAGS)
    if (words.length > 0) throw new UsageError(`unknown word "${words[0]}"; a Corefile is named by -conf`)
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const runtime = readRuntime(flags.for)
    const defaultPort = parsePort(flags['dns.port'], 'dns.port')
    // What is built in has no mistakes: whoever calls this in the wrong folder is to know.
    const reader = new CorefileReader(flags.conf ?? 'Corefile', defaultPort)
    const examination = await examine({ read: reader.read().corefile, runtime, defaultPort })
    const { warnings, problems, parts, corefile } = examination
    if (flags.chain && corefile) console.log(`${chainText({ corefile, modules, parts })}\n`)
    for (const warning of warnings) console.error(`warning: ${warning}`)
    for (const note of corefile ? orderNotes(corefile, modules) : []) console.error(`note: ${note}`)
    for (const problem of problems) console.error(problem)
    if (problems.length === 0) console.log(`${reader.file}: no mistakes`)
    return problems.length === 0 ? 0 : 1
  },
}
