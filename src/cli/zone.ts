import { type Command, usageOf } from './command.ts'
import { describeFlags, parseFlags, UsageError } from './flags.ts'
import { actionNamed } from './zone/actions.ts'
import { checkFile } from './zone/checking.ts'
import { openStore } from './zone/open.ts'

const FLAGS = {
  store: { value: 'STORE', help: 'sqlite:PATH, redis://HOST:PORT or kv:BINDING' },
  local: { help: 'kv: the namespace that `npm start` has on this machine' },
  remote: { help: 'kv: the namespace at Cloudflare' },
  add: { help: 'set: add to the records there, in place of replacing them' },
  serial: { help: 'set, delete: raise the serial of the SOA record too' },
} as const

const USAGE = usageOf(
  'coredge zone ACTION [WORDS] [-store STORE]',
  `Looks for mistakes in a zone file, and looks after zones in a store.

  check FILE ORIGIN         look for mistakes in a zone file; needs no store
  check ORIGIN              … in a zone of the store
  import FILE ORIGIN        make a zone file the zone, all at once; raises the serial
  diff FILE ORIGIN          what an import would change, as lines with - and +
  export ORIGIN [FILE]      write a zone as a zone file
  list [ORIGIN]             the zones, or the names of one
  get NAME [TYPE]           the records of a name
  set NAME TYPE TTL DATA…   replace the records of a type: DATA is one record, or each word is one
  delete NAME [TYPE [DATA…]]  delete all records of a name, those of a type, or one
  remove ORIGIN             remove a zone

Names are whole ones, with or without the last dot. Where DATA starts with a hyphen put -- before the action.
Exit code: 0, or 1 after a mistake, and where \`get\` finds nothing.`,
  describeFlags(FLAGS),
)

/** `coredge zone`. */
export const zone: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, FLAGS)
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const [action = '', ...others] = words
    if (action === 'check' && others.length === 2 && flags.store === undefined) return checkFile(others[0], others[1])
    const { words: allowed, makes, run } = actionNamed(action)
    if (others.length < allowed[0] || others.length > allowed[1])
      throw new UsageError(`${action}: takes other words than "${others.join(' ')}"`)
    const store = await openStore(flags, makes)
    try {
      const code = await run(store, others, flags)
      return typeof code === 'number' ? code : 0
    } finally {
      await store.close()
    }
  },
}
