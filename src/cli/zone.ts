import { type Command, usageOf } from './command.ts'
import { describeFlags, parseFlags, UsageError } from './flags.ts'
import { actionNamed, describeActions } from './zone/actions.ts'
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

${describeActions()}

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
    if (action === 'check' && flags.store === undefined) {
      if (others.length !== 2) throw new UsageError('check: takes FILE ORIGIN, or ORIGIN and -store')
      return checkFile(others[0], others[1])
    }
    const { makes, run } = actionNamed(action, others)
    const store = await openStore(flags, makes)
    try {
      const code = await run(store, others, flags)
      return typeof code === 'number' ? code : 0
    } finally {
      await store.close()
    }
  },
}
