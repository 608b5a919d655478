import { Complaint } from '../corefile/spec.ts'
import { decodeTap } from '../dnstap/decode.ts'
import { receive } from '../dnstap/receiver.ts'
import { type Endpoint, endpoint } from '../plugins/dnstap/endpoint.ts'
import { StreamListeners } from '../runtime/node-listen.ts'
import { LineWriter } from '../runtime/node-log.ts'
import { connect } from '../runtime/node-net.ts'
import { systemReason } from '../runtime/node-reason.ts'
import type { Connection } from '../runtime/runtime.ts'
import { type Command, usageOf } from './command.ts'
import { tapJson, tapText } from './dnstaptext.ts'
import { Failure } from './failure.ts'
import { readText } from './files.ts'
import { describeFlags, type FlagValues, parseFlags, UsageError } from './flags.ts'
import { untilSignal } from './signals.ts'

const FLAGS = {
  json: { help: 'print an object of JSON a line' },
  count: { value: 'N', help: 'end after so many messages' },
  cert: { value: 'FILE', help: 'the certificate to listen with at a tls:// socket' },
  key: { value: 'FILE', help: 'and its key' },
  ca: { value: 'FILE', help: 'certificates that sign those of the other side; listening, senders must have one then' },
  insecure: { help: 'connecting: take whatever certificate is shown' },
} as const

const USAGE = usageOf(
  'coredge dnstap listen|connect SOCKET [FLAGS]',
  `A collector for dnstap: prints the messages that servers send to it (listen), or that it fetches from a server with
\`dnstap listen SOCKET\` in its Corefile (connect). SOCKET is a path, tcp://HOST:PORT or tls://HOST:PORT. Ends with SIGTERM or
SIGINT; connect ends with its connection, too.`,
  describeFlags(FLAGS),
)

type Values = FlagValues<typeof FLAGS>

/** `coredge dnstap`. */
export const dnstap: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, FLAGS)
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const [action, text, more] = words
    if ((action !== 'listen' && action !== 'connect') || text === undefined || more !== undefined)
      throw new UsageError(`it takes the word listen or connect, and a socket, got "${words.join(' ')}"`)
    const collector = new Printer(flags.json === true, readCount(flags.count))
    const socket = readSocket(text)
    await (action === 'listen' ? listen(socket, flags, collector) : fetch(socket, flags, collector))
    await collector.drain()
    return 0
  },
}

/** Prints messages, up to a number of them. */
class Printer {
  /** Settles when the number was reached. */
  readonly done: Promise<void>
  readonly #isJson: boolean
  readonly #out = new LineWriter(process.stdout)
  #left: number
  #finish: () => void = () => {}

  constructor(isJson: boolean, count: number) {
    this.#isJson = isJson
    this.#left = count
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  take(connection: Connection, ended: () => void = () => {}): void {
    const complain = (reason: Error): void => console.error(`a sender: ${reason.message}`)
    const end = (reason?: Error): void => {
      if (reason) complain(reason)
      ended()
    }
    receive(connection, (payload) => this.#print(payload, complain), end)
  }

  drain(): Promise<void> {
    return this.#out.drain(1000)
  }

  #print(payload: Uint8Array, complain: (reason: Error) => void): void {
    if (this.#left <= 0) return
    try {
      const record = decodeTap(payload)
      this.#out.write(this.#isJson ? tapJson(record) : tapText(record))
      if (--this.#left <= 0) this.#finish()
    } catch (error) {
      complain(new Error(`a frame that is no dnstap message: ${(error as Error).message}`))
    }
  }
}

async function listen(socket: Endpoint, flags: Values, printer: Printer): Promise<void> {
  const { scheme, host, port, path } = socket
  const isTls = scheme === 'tls'
  if (isTls && (flags.cert === undefined || flags.key === undefined))
    throw new UsageError('a tls:// socket needs -cert and -key')
  const tls = isTls
    ? { cert: readText(flags.cert!), key: readText(flags.key!), ca: flags.ca && readText(flags.ca) }
    : undefined
  const take = (connection: Connection): void => printer.take(connection)
  const listener = await attempt(new StreamListeners().listen({ host, port, path, tls }, take), 'listen on', socket)
  console.error(`listening on ${socket.text}`)
  await Promise.race([untilSignal(), printer.done])
  await listener.close()
}

async function fetch(socket: Endpoint, flags: Values, printer: Printer): Promise<void> {
  const { scheme, host, port, path } = socket
  const ca = flags.ca && readText(flags.ca)
  const tls = scheme === 'tls' ? { ca, insecure: flags.insecure === true } : undefined
  const connection = await attempt(connect({ host, port, path, tls, timeout: 4000 }), 'connect to', socket)
  const ended = new Promise<void>((resolve) => printer.take(connection, resolve))
  await Promise.race([untilSignal(), printer.done, ended])
  connection.close()
}

async function attempt<T>(trying: Promise<T>, what: string, { text }: Endpoint): Promise<T> {
  try {
    return await trying
  } catch (error) {
    throw new Failure(`cannot ${what} ${text}: ${systemReason(error)}`)
  }
}

function readSocket(text: string): Endpoint {
  try {
    return endpoint.parse(text)
  } catch (error) {
    if (error instanceof Complaint) throw new UsageError(`socket ${error.message}, got "${text}"`)
    throw error
  }
}

function readCount(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`-count: must be a number above 0, got "${text}"`)
  return Number(text)
}
