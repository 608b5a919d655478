import { parentPort } from 'node:worker_threads'
import type { Name } from '../dns/name.ts'
import type { Listener } from '../instance.ts'
import { Registry } from '../metrics/registry.ts'
import { nodeRuntime } from '../runtime/node.ts'
import { Calls } from '../runtime/node-calls.ts'
import { NodeFiles } from '../runtime/node-files.ts'
import { type LogStream, NodeLog } from '../runtime/node-log.ts'
import { releaseMemory, releaseReplaced } from '../runtime/node-memory.ts'
import { type CorefileRecord, parseSource, replaySource } from '../runtime/recording.ts'
import { ZoneError, ZoneErrors } from '../zone/error.ts'
import { ZoneImage } from '../zone/image.ts'
import { Companion, type Prepared } from './companion.ts'
import { describeError } from './errors.ts'
import type { Adoption, LentZone, Preparation } from './lead.ts'
import { listenerId } from './listeners.ts'
import { modules } from './modules.ts'

/** A thread that serves what its parent serves, at the same addresses: does as it is told, and lends the parent's zones. */
const calls = new Calls(parentPort!, { prepare, adopt, gather: () => metrics.gather(), stop })
const metrics = new Registry()
const log = new NodeLog(streamTo('out'), streamTo('err'))

/** The machine's files, but for zones: those are the parent's. */
class LentFiles extends NodeFiles {
  override async zone(path: string, origin: Name): Promise<ZoneImage> {
    const zone = await calls.call<LentZone>('zone', { path, origin })
    for (const [file, stamp] of zone.stamps) this.stamped(file, stamp)
    if (!zone.bytes)
      throw new ZoneErrors(
        zone.errors.map((error) => new ZoneError(error.reason, error.file, error.line, error.column)),
      )
    releaseReplaced()
    return new ZoneImage(zone.bytes, zone.warnings)
  }
}

const runtime = {
  ...nodeRuntime(log, metrics),
  files: new LentFiles(),
  isFollower: true,
  // These exist once, in the parent.
  listenHttp: undefined,
  listenStream: undefined,
  measurePlatform: undefined,
  fail: (reason: string): void => void calls.call('fail', reason),
}

let record: CorefileRecord
let prepared: Prepared
let ports: Adoption['ports']
let companion: Companion | undefined

const reader = { read: () => ({ record, corefile: () => parseSource(replaySource(record)) }) }

/** The parent's port for the listener; undefined where it has none. */
function place(planned: Listener): Listener | undefined {
  const port = ports.get(listenerId(planned))
  return port === undefined ? undefined : { ...planned, port }
}

async function prepare(what: Preparation): Promise<void> {
  const { defaultPort, index } = what
  record = what.record
  companion ??= new Companion({
    reader,
    defaultPort,
    modules,
    runtime,
    place: (planned) => (planned.sockets > index ? place(planned) : undefined),
  })
  prepared = await companion.prepare()
}

async function adopt(what: Adoption): Promise<void> {
  ports = what.ports
  await companion!.adopt(prepared)
  releaseMemory()
}

async function stop(): Promise<void> {
  await companion?.close()
  await log.drain()
}

function streamTo(stream: 'out' | 'err'): LogStream {
  const write = (octets: Uint8Array, done: () => void): void => {
    // A copy, as all of a view's memory would go.
    void calls.call('print', { stream, lines: new Uint8Array(octets) }).then(done)
  }
  return { write, on: () => {} }
}

const slipped = (error: unknown): void => {
  for (const line of describeError(error)) log.error(line)
}
process.on('uncaughtException', slipped)
process.on('unhandledRejection', slipped)
