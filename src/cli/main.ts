import { nearest } from '../corefile/suggest.ts'
import type { Command } from './command.ts'
import { describeError } from './errors.ts'
import { UsageError } from './flags.ts'

/** What can stand after `coredge`. Without any of them it serves. */
const COMMANDS: { readonly [name: string]: { readonly summary: string; load(): Promise<Command> } } = {
  serve: {
    summary: 'serve DNS on this machine (also without the word)',
    load: async () => (await import('./serve.ts')).serve,
  },
  check: {
    summary: 'look for mistakes in a Corefile and the files that it names',
    load: async () => (await import('./check.ts')).check,
  },
  build: {
    summary: 'compile a Corefile and its zones into the files of a Worker',
    load: async () => (await import('./build.ts')).build,
  },
  dev: {
    summary: 'try it all on this machine: the Worker, and the server beside it',
    load: async () => (await import('./dev.ts')).dev,
  },
  zone: {
    summary: 'look for mistakes in a zone file; import, export and edit zones in a store',
    load: async () => (await import('./zone.ts')).zone,
  },
  dnstap: {
    summary: 'print what servers tell in dnstap',
    load: async () => (await import('./dnstap.ts')).dnstap,
  },
  init: {
    summary: 'put a Corefile, a zone and what else a project needs into a folder',
    load: async () => (await import('./init.ts')).init,
  },
  plugin: {
    summary: 'start a plugin of your own: plugin new NAME',
    load: async () => (await import('./plugin.ts')).plugin,
  },
  query: { summary: 'ask a server, over UDP, TCP, TLS or HTTPS', load: async () => (await import('./query.ts')).query },
}

function overview(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(6)} ${summary}`)
  return `coredge answers DNS queries as a Corefile says: on this machine, and as a Cloudflare Worker.

Usage: coredge [COMMAND] [FLAGS]

Commands:
${rows.join('\n')}

\`coredge COMMAND --help\` tells the flags of a command; those without a command are the flags of serve.`
}

/** The command line. Gives the exit code: 0, or 1 after an error, which stands on stderr. */
export async function main(args: readonly string[]): Promise<number> {
  const [first = '', ...others] = args
  const isWord = first !== '' && !first.startsWith('-')
  try {
    if (first === 'help' || (args.length === 1 && /^--?h(elp)?$/.test(first))) return await help(others[0])
    if (isWord && !Object.hasOwn(COMMANDS, first)) throw new UsageError(unknown(first))
    const command = await COMMANDS[isWord ? first : 'serve'].load()
    return await command.run(isWord ? others : args)
  } catch (error) {
    for (const line of describeError(error)) console.error(line)
    if (error instanceof UsageError)
      console.error(`try: coredge ${isWord && Object.hasOwn(COMMANDS, first) ? `${first} ` : ''}--help`)
    return 1
  }
}

async function help(name: string | undefined): Promise<number> {
  if (name !== undefined && !Object.hasOwn(COMMANDS, name)) throw new UsageError(unknown(name))
  console.log(name === undefined ? overview() : (await COMMANDS[name].load()).usage)
  return 0
}

function unknown(word: string): string {
  const meant = nearest(word, Object.keys(COMMANDS))
  return `there is no command "${word}"${meant ? ` (did you mean "${meant}"?)` : ''}`
}
