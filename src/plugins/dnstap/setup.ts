import { ReplyTap, UpstreamTaps } from '../../capabilities.ts'
import { optional, required, type Use } from '../../corefile/spec.ts'
import { fileName, integer, oneOf, word } from '../../corefile/values.ts'
import { filePath } from '../../filepath.ts'
import { type Key, key } from '../../key.ts'
import { compileFormat, EMPTY, labelsOf } from '../../lineformat.ts'
import { findLabel, MetadataScope } from '../../metadata.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { printable } from '../../printable.ts'
import { type Connection, noticesOf, type StreamListener, type TlsServerOptions } from '../../runtime/runtime.ts'
import { VERSION } from '../../version.ts'
import { Collector, type CollectorOptions } from './collector.ts'
import { type Destination, Dnstap } from './dnstap.ts'
import { endpoint } from './endpoint.ts'
import type { Outlet } from './outlet.ts'
import { FrameQueue } from './queue.ts'
import { Relay } from './relay.ts'
import { Subscribers } from './subscribers.ts'
import { DnsTap } from './tap.ts'
import { Visits } from './visits.ts'

/** To reach a collector. Milliseconds. */
const CONNECT_TIMEOUT = 4000
const MEBIBYTE = 1_048_576
/** What `queue` multiplies: messages, and the octets that they may have together. */
const QUEUE_MESSAGES = 10_000
const QUEUE_OCTETS = 8 * MEBIBYTE
/** A Worker has 128 MB for everything. */
const EDGE_QUEUE_OCTETS = 2 * MEBIBYTE

const directive = {
  args: [
    optional('listen', oneOf(['listen'])),
    required('socket', endpoint),
    optional('full', oneOf(['full'])),
    optional('writebuffer', integer({ min: 1, max: 1024 })),
    optional('queue', integer({ min: 1, max: 4096 })),
  ],
  properties: {
    identity: { args: [required('identity', word)] },
    version: { args: [required('version', word)] },
    extra: { args: [required('extra', word)] },
    tls: { args: [required('cert', fileName), required('key', fileName), optional('ca', fileName)] },
    skipverify: { args: [] },
  },
} as const

type DnstapUse = Use<typeof directive>

/** Listening sockets of a configuration: blocks that name the same one share it. */
const Listening: Key<Map<string, Outlet>> = key('dnstap/listening')

/** `dnstap SOCKET`, `dnstap listen SOCKET`: messages about queries and replies, for collectors. */
export const plugin = definePlugin({
  name: 'dnstap',
  directive,
  setup(uses, block) {
    const loads: (() => Promise<void>)[] = []
    const destinations = uses.map((use) => destinationOf(use, block, loads))
    const dnstap = new Dnstap(
      destinations,
      async () => {
        for (const load of loads) await load()
      },
      block.metrics,
      (line) => block.runtime.log.warn(line),
    )
    block.provide(ReplyTap, dnstap)
    block.provide(UpstreamTaps, dnstap)
    return dnstap
  },
})

function destinationOf(use: DnstapUse, block: Block, loads: (() => Promise<void>)[]): Destination {
  const { socket, full } = use.args
  check(use, block)
  const { outlet, isShared } = use.args.listen ? listening(use, block, loads) : sending(use, block)
  const tap = new DnsTap({
    identity: use.get('identity')?.args.identity ?? block.runtime.hostname ?? '',
    version: use.get('version')?.args.version ?? `coredge-${VERSION}`,
    full: full !== undefined,
    extra: extraOf(use, block),
    outlet,
  })
  return { endpoint: socket.text, tap, outlet: isShared ? undefined : outlet }
}

/** What the words are alone, but not together, or not here. */
function check(use: DnstapUse, block: Block): void {
  const { listen, socket } = use.args
  if (!listen && socket.text === 'listen') throw use.error('listen must be followed by the socket to listen on')
  if (!listen && socket.scheme !== 'unix' && socket.host === '')
    throw use.error(`must name the host to connect to, got "${socket.text}"`, use.tokens[0])
  const tls = use.get('tls')
  if (tls && !listen) throw tls.error('is for listen: a collector is not shown a certificate')
  if (block.runtime.name !== 'workers') return
  if (listen)
    throw use.error('a Worker cannot be connected to: send to a collector, as in tcp://HOST:PORT', use.tokens[0])
  if (socket.scheme === 'unix')
    throw use.error(`a Worker reaches collectors over tcp:// or tls:// only, got "${socket.text}"`, use.tokens[0])
  if (use.has('skipverify'))
    block.warn('dnstap: skipverify has no effect here: the platform verifies certificates', use.at)
}

const queueOf = ({ args }: DnstapUse, octets: number): FrameQueue => {
  const times = args.queue ?? 1
  return new FrameQueue(times * QUEUE_MESSAGES, times * octets)
}

interface MadeOutlet {
  readonly outlet: Outlet
  readonly isShared: boolean
}

function sending(use: DnstapUse, block: Block): MadeOutlet {
  const { runtime } = block
  const { host, port, path, scheme, text } = use.args.socket
  const tls = scheme === 'tls' ? { insecure: use.has('skipverify') } : undefined
  const options: CollectorOptions = {
    endpoint: text,
    queue: queueOf(use, runtime.perRequestIo ? EDGE_QUEUE_OCTETS : QUEUE_OCTETS),
    writeBuffer: (use.args.writebuffer ?? 1) * MEBIBYTE,
    connect: () => runtime.connect({ host, port, path, tls, timeout: CONNECT_TIMEOUT }),
    log: noticesOf(runtime),
  }
  return { outlet: runtime.perRequestIo ? new Visits(options, runtime) : new Collector(options), isShared: false }
}

function listening(use: DnstapUse, block: Block, loads: (() => Promise<void>)[]): MadeOutlet {
  const { socket, writebuffer } = use.args
  const { runtime } = block
  const known = block.shared(Listening, () => new Map())
  const there = known.get(socket.text)
  if (there) return { outlet: there, isShared: true }
  const queue = queueOf(use, QUEUE_OCTETS)
  const { channel: open } = runtime
  const channel = open && ((received: (message: unknown) => void) => open(`dnstap ${socket.text}`, received))
  const keep = (outlet: Outlet): MadeOutlet => {
    known.set(socket.text, outlet)
    return { outlet, isShared: false }
  }
  // One thread listens, and the others bring it what they have.
  if (runtime.isFollower && channel) return keep(new Relay({ from: crypto.randomUUID(), queue, channel }))
  const settings: { tls?: TlsServerOptions; reason?: Error } = {}
  if (socket.scheme === 'tls') loads.push(() => loadTls(use, block, settings))
  const listen = (accept: (connection: Connection) => void): Promise<StreamListener> => {
    if (settings.reason) return Promise.reject(settings.reason)
    if (!runtime.listenStream) return Promise.reject(new Error('connections cannot be taken here'))
    const { host, port, path } = socket
    return runtime.listenStream({ host, port, path, tls: settings.tls }, accept)
  }
  const writeBuffer = (writebuffer ?? 1) * MEBIBYTE
  return keep(new Subscribers({ endpoint: socket.text, queue, writeBuffer, listen, channel, log: runtime.log }))
}

/** As with CoreDNS a certificate that cannot be read costs the tap, not the server. */
async function loadTls(
  use: DnstapUse,
  block: Block,
  settings: { tls?: TlsServerOptions; reason?: Error },
): Promise<void> {
  const files = use.get('tls')?.args
  try {
    if (!files) throw new Error('a tls:// socket needs a certificate: tls CERT KEY')
    const read = async (name: string): Promise<string> =>
      new TextDecoder().decode(await block.runtime.files.read(filePath(block, name)))
    const ca = files.ca === undefined ? undefined : await read(files.ca)
    settings.tls = { cert: await read(files.cert), key: await read(files.key), ca, optional: use.has('skipverify') }
  } catch (error) {
    settings.reason = error as Error
  }
}

function extraOf(use: DnstapUse, block: Block): () => ReturnType<typeof compileFormat> {
  const extra = use.get('extra')
  if (!extra) return () => []
  const format = extra.args.extra
  const [label] = labelsOf(format)
  if (label !== undefined && !block.find(MetadataScope))
    block.warn(`dnstap: {/${label}} is always "${EMPTY}" in a block without metadata`, extra.at)
  return () =>
    compileFormat(format, (name) => {
      const value = findLabel(block, name)
      return value && (({ query, reply }, line) => line.text(printable(value(query, reply)) || EMPTY))
    })
}
