import { setTimeout as wait } from 'node:timers/promises'
import type { Corefile } from '../corefile/parse.ts'
import { nameText } from '../dns/name.ts'
import { NodeLog } from '../runtime/node-log.ts'
import { localCertificate } from './certificate.ts'
import { type Command, usageOf } from './command.ts'
import { CorefileReader, fingerprint } from './corefile.ts'
import { DEV_PORT, DevServer } from './devserver.ts'
import { describeError } from './errors.ts'
import { Failure } from './failure.ts'
import { describeFlags, type FlagValues, parseFlags, UsageError } from './flags.ts'
import { modules } from './modules.ts'
import { pasteLines } from './paste.ts'
import { parsePort } from './ports.ts'
import { servedLines } from './serve.ts'
import { untilSignal } from './signals.ts'

const FLAGS = {
  conf: { value: 'FILE', help: 'the Corefile ($COREDGE_CONF, else ./Corefile)' },
  'dns.port': { value: 'PORT', short: 'p', help: `the port for DNS on this machine, in place of ${DEV_PORT}` },
  http: { value: 'PORT', help: 'the port of the Worker for HTTP (8787)' },
  https: { value: 'PORT', help: 'the port of the Worker for HTTPS (8443)' },
} as const

const USAGE = usageOf(
  'coredge dev [-conf FILE] [-p PORT] [-http PORT] [-https PORT]',
  `Tries a Corefile on this machine, on both sides: the server (DNS over UDP and TCP), and the Worker under miniflare (DNS
over HTTP and HTTPS). When the Corefile or a file that it names changes, both change; where the change is a mistake, both
stay as they are. \`npm start\` calls it: npm start -- -p 2053`,
  describeFlags(FLAGS),
)

const HOST = '127.0.0.1'
const NAMES = ['localhost', '127.0.0.1', '::1']
const FOLDER = '.coredge'
/** How often the Corefile is looked at. Milliseconds. */
const SETTLE = 200
/** How often other files are looked at, although they announce their changes. Milliseconds. */
const INTERVAL = 1000

/** `coredge dev`. */
export const dev: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, FLAGS)
    if (words.length > 0) throw new UsageError(`unknown word "${words[0]}"; a Corefile is named by -conf`)
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const log = new NodeLog()
    try {
      await serveBoth(flags, log)
    } finally {
      await log.drain()
    }
    return 0
  },
}

async function serveBoth(flags: FlagValues<typeof FLAGS>, log: NodeLog): Promise<void> {
  const port = parsePort(flags['dns.port'], 'dns.port') ?? DEV_PORT
  const conf = flags.conf ?? process.env.COREDGE_CONF
  const reader = new CorefileReader(conf, port)
  const server = new DevServer({
    reader,
    conf,
    modules,
    log,
    folder: `${FOLDER}/dev-${process.pid}`,
    mapPort: (named) => (named === DEV_PORT ? port : named),
  })
  try {
    const { path: certificate, ...pair } = localCertificate(FOLDER, NAMES)
    const http = await taken('http', parsePort(flags.http, 'http') ?? 8787, (at) => server.front.listen(HOST, at))
    const https = await taken('https', parsePort(flags.https, 'https') ?? 8443, (at) =>
      server.front.listenTls(HOST, at, pair),
    )
    log.print(`coredge: building the Worker and serving ${reader.file} …`)
    const end = untilSignal()
    await Promise.race([server.start(), end.then(() => Promise.reject(new Failure('ended by a signal')))])
    const dns = server.companion.listeners.find(({ planned }) => planned.transport === 'dns')?.port
    for (const line of welcome(server, { dns, http, https, certificate })) log.print(line)
    await live(server, reader, log, end)
  } finally {
    await server.stop()
  }
}

/** Listens, or says whose port is taken and how to have another. */
async function taken(flag: string, port: number, listen: (port: number) => Promise<number>): Promise<number> {
  try {
    return await listen(port)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE') throw new Failure(`cannot listen on ${HOST}:${port}: ${message}`)
    throw new Failure(
      `port ${port} is taken by another program; choose another: -${flag} PORT (npm start -- -${flag} PORT)`,
    )
  }
}

/** What is served where, and what to paste. */
function welcome(server: DevServer, places: Parameters<typeof pasteLines>[1]): string[] {
  const name = exampleName(server.companion.current!.corefile)
  return [
    '',
    'On this machine:',
    ...servedLines(server.companion).map((line) => `  ${line}`),
    'The Worker:',
    `  http://${HOST}:${places.http}/dns-query and /resolve   HTTP/1.1, or HTTP/2 without TLS`,
    `  https://${HOST}:${places.https}/dns-query and /resolve  HTTP/2 or HTTP/1.1; its certificate: ${places.certificate}`,
    '',
    'Paste:',
    ...pasteLines(name, places).map((line) => `  ${line}`),
    '',
    'Edit the Corefile or a file that it names: both change. Ctrl-C ends.',
    '',
  ]
}

/** A name to ask for: `www` in the first zone that is served. */
function exampleName({ blocks }: Corefile): string {
  const zones = blocks.flatMap(({ keys }) => keys).flatMap((key) => key.zones.map(nameText))
  const own = zones.find((zone) => zone !== '.' && !zone.endsWith('.arpa.'))
  return own ? `www.${own.slice(0, -1)}` : 'www.example.com'
}

/** Follows changes until the end. */
async function live(server: DevServer, reader: CorefileReader, log: NodeLog, end: Promise<void>): Promise<void> {
  const slipped = (error: unknown): void => {
    for (const line of describeError(error)) log.error(line)
  }
  process.on('uncaughtException', slipped)
  process.on('unhandledRejection', slipped)
  const following = new AbortController()
  void end.then(() => following.abort())
  await follow(server, reader, log, following.signal)
}

/** Waits for changes, and makes them. */
async function follow(server: DevServer, reader: CorefileReader, log: NodeLog, signal: AbortSignal): Promise<void> {
  let seen = look(reader)
  let isDirty = false
  let problem = ''
  const changed = (): void => {
    isDirty = true
  }
  server.watch(INTERVAL, changed)
  while (!signal.aborted) {
    await wait(SETTLE, undefined, { signal }).catch(() => {})
    const now = look(reader)
    if (signal.aborted || (!isDirty && (now === undefined || now === seen))) continue
    seen = now
    isDirty = false
    problem = await change(server, log, problem)
    server.watch(INTERVAL, changed)
  }
}

/** Makes a change, or says what is wrong, once: gives the problem that has been told. */
async function change(server: DevServer, log: NodeLog, told: string): Promise<string> {
  try {
    await server.update()
    log.print('changed, here and in the Worker')
    return ''
  } catch (error) {
    const lines = describeError(error)
    const problem = lines.join('\n')
    if (problem === told) return told
    for (const line of lines) log.error(line)
    log.error('the old configuration stays in use, here and in the Worker')
    return problem
  }
}

/** Undefined while the Corefile is not there: editors put a new one in its place. */
function look(reader: CorefileReader): string | undefined {
  try {
    return fingerprint(reader.read().record)
  } catch {
    return undefined
  }
}
