import { rmSync } from 'node:fs'
import { nodeRuntime } from '../runtime/node.ts'
import { cacheFolder } from '../runtime/node-cachefolder.ts'
import { settleCode } from '../runtime/node-codecache.ts'
import { NodeFiles } from '../runtime/node-files.ts'
import { NodeLog } from '../runtime/node-log.ts'
import { releaseMemory } from '../runtime/node-memory.ts'
import { ZoneShare } from '../runtime/node-zoneshare.ts'
import { type Command, usageOf } from './command.ts'
import { Companion } from './companion.ts'
import { CorefileReader } from './corefile.ts'
import { writeText } from './files.ts'
import { describeFlags, type FlagValues, parseFlags, UsageError } from './flags.ts'
import { Lead } from './lead.ts'
import { modules } from './modules.ts'
import { parsePort } from './ports.ts'
import { reload, watchCorefile } from './reload.ts'
import { RELOAD_SIGNALS, untilSignal } from './signals.ts'
import { versionLines } from './version.ts'

const FLAGS = {
  conf: { value: 'FILE', help: 'the Corefile, or "stdin" (./Corefile; without one, whoami and log on port 1053)' },
  'dns.port': { value: 'PORT', short: 'p', help: 'the port for server blocks that name none (53)' },
  pidfile: { value: 'FILE', help: 'write the process id there' },
  plugins: { help: 'list the plugins in the order of their chain, and end' },
  quiet: { help: 'do not print what is served, nor the version' },
  version: { help: 'print the version, and end' },
} as const

const USAGE = usageOf(
  'coredge [serve] [-conf FILE] [-dns.port PORT] [FLAGS]',
  `Serves DNS as the Corefile says. Prints one line for each address once it is bound. Server blocks without \`bind\` are
reached from this machine only.

Signals: SIGTERM, SIGINT and SIGQUIT end it once queries under way are answered; SIGUSR1 and SIGHUP read the Corefile again.

Large zones, and the program itself, are kept as they were compiled, so that later starts are quick: in $COREDGE_CACHE, else
in coredge below $XDG_CACHE_HOME or ~/.cache. With COREDGE_CACHE empty nothing is kept.`,
  describeFlags(FLAGS),
)

/** `coredge [serve]`: the server on this machine. */
export const serve: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, FLAGS)
    if (words.length > 0) throw new UsageError(`unknown word "${words[0]}"`)
    if (flags.help) return print([USAGE])
    if (flags.version) return print(versionLines())
    if (flags.plugins) return print(modules.map(({ name }) => name))
    return serveUntilSignal(flags)
  },
}

function print(lines: readonly string[]): number {
  console.log(lines.join('\n'))
  return 0
}

async function serveUntilSignal(flags: FlagValues<typeof FLAGS>): Promise<number> {
  const defaultPort = parsePort(flags['dns.port'], 'dns.port')
  const log = new NodeLog()
  const reader = new CorefileReader(flags.conf, defaultPort)
  const fail = (reason: string): void => {
    log.error(reason)
    void log.drain().then(() => process.exit(1))
  }
  const zones = new ZoneShare(new NodeFiles({ cache: cacheFolder(), warn: (line) => log.warn(line) }))
  const followers = new Lead({ log, zones, defaultPort, fail })
  const runtime = { ...nodeRuntime(log), files: zones.files, fail }
  runtime.metrics?.join(() => followers.gather())
  const companion = new Companion({ reader, defaultPort, modules, runtime, followers })
  // What is not served yet is being read anyway.
  const again = (): void => void (companion.current && reload(companion, log))
  for (const signal of RELOAD_SIGNALS) process.on(signal, again)
  try {
    await companion.adopt(await companion.prepare())
    releaseMemory()
    settleCode()
    if (flags.pidfile) writeText(flags.pidfile, `${process.pid}\n`)
    if (!flags.quiet) for (const line of [...servedLines(companion), ...versionLines()]) log.print(line)
    await live(companion, reader, log)
    if (flags.pidfile) rmSync(flags.pidfile, { force: true })
  } finally {
    await log.drain()
  }
  return 0
}

/** One line per address, with what is served there: `dns://127.0.0.1:1053 example.org .` */
export function servedLines({ listeners }: Companion): string[] {
  return listeners.map(({ url, planned }) => [url, ...planned.zones].join(' '))
}

/** Serves until a signal ends it. */
async function live(companion: Companion, reader: CorefileReader, log: NodeLog): Promise<void> {
  // Whatever a plugin lets slip costs a line in the log, not the service.
  const slipped = (error: unknown): void =>
    log.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.on('uncaughtException', slipped)
  process.on('unhandledRejection', slipped)
  const end = new AbortController()
  void watchCorefile(companion, reader, log, end.signal)
  await untilSignal()
  end.abort()
  await companion.stop()
}
