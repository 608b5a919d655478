import { onTestFinished } from 'vitest'
import { ConfigErrors } from '../../src/corefile/error.ts'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { FLAG, OPCODE } from '../../src/dns/constants.ts'
import { type EdnsOption, readExtendedError } from '../../src/dns/edns.ts'
import { type Message, readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { classCode, rcodeName, typeCode } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import { configure, type Instance } from '../../src/instance.ts'
import { definePlugin, type Handler, type PluginModule } from '../../src/plugin.ts'
import { modules } from '../../src/plugins.gen.ts'
import type { Peer, Query } from '../../src/query.ts'
import type { Reply } from '../../src/reply.ts'
import type { Server } from '../../src/server.ts'
import { FakeRuntime, type FakeRuntimeOptions } from '../runtime.ts'

export interface RigOptions extends FakeRuntimeOptions {
  /** In place of one made from the other options. */
  readonly runtime?: FakeRuntime
  /** Plugins besides those in plugin.cfg, in front of them. */
  readonly modules?: readonly PluginModule[]
  /** What the directive `stub`, the last in the chain, does with a query. */
  readonly stub?: (query: Query, next: Handler) => Reply | Promise<Reply>
}

/** How a question is asked; over UDP, with RD and without EDNS where nothing is said. */
export interface AskOptions {
  readonly do?: boolean
  /** The UDP size announced. */
  readonly bufsize?: number
  readonly options?: readonly EdnsOption[]
  readonly rd?: boolean
  readonly ad?: boolean
  readonly cd?: boolean
  readonly opcode?: keyof typeof OPCODE
  readonly id?: number
  readonly peer?: Partial<Peer>
  /** Which of several listeners is asked; the first where left out. */
  readonly port?: number
}

/** A reply in words. Records are in presentation form, sections in the order sent. */
export interface Answer {
  readonly rcode: string
  /** `aa rd`, without qr. */
  readonly flags: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  /** Extended errors: `15 Blocked`. */
  readonly errors: readonly string[]
  readonly message: Message
  readonly wire: Uint8Array
}

export interface Rig {
  readonly runtime: FakeRuntime
  readonly instance: Instance
  /** Asks `www.example.org A`, or `version.bind TXT CH`. Undefined: there was no reply. */
  ask(question: string, options?: AskOptions): Promise<Answer | undefined>
  /** As `ask`, where there must be a reply. */
  answer(question: string, options?: AskOptions): Promise<Answer>
  stop(): Promise<void>
}

/** Sets up a Corefile in process: parses, configures, loads and starts it. Stops at the end of the test. */
export async function rig(corefile: string, options: RigOptions = {}): Promise<Rig> {
  const runtime = options.runtime ?? new FakeRuntime(options)
  const instance = configure({
    corefile: parseCorefile(corefile, { file: 'Corefile' }),
    modules: [...(options.modules ?? []), ...modules, ...(options.stub ? [stubOf(options.stub)] : [])],
    runtime,
    defaultPort: 1053,
  })
  await instance.load()
  await instance.start()
  const edge = runtime.name === 'workers' ? instance.edge() : undefined
  const serverAt = (port: number | undefined): Server =>
    edge ?? instance.listeners.find((listener) => port === undefined || listener.port === port)!.server
  const ask = async (question: string, how: AskOptions = {}): Promise<Answer | undefined> => {
    const transport = edge ? 'https' : 'udp'
    const peer: Peer = { ...CLIENT, transport, ...how.peer }
    const wire = await serverAt(how.port).answer(queryOf(question, how), peer)
    return wire && answerOf(wire)
  }
  const answer = async (question: string, how?: AskOptions): Promise<Answer> => {
    const found = await ask(question, how)
    if (!found) throw new Error(`no reply to ${question}`)
    return found
  }
  const stop = (): Promise<void> => instance.stop()
  onTestFinished(stop)
  return { runtime, instance, ask, answer, stop }
}

/** What is wrong with a Corefile, one message a line; '' where nothing is. Warnings do not count. */
export async function faults(corefile: string, options: RigOptions = {}): Promise<string> {
  try {
    await (await rig(corefile, options)).stop()
    return ''
  } catch (error) {
    if (error instanceof ConfigErrors) return error.message
    throw error
  }
}

function stubOf(serve: NonNullable<RigOptions['stub']>): PluginModule {
  return definePlugin({ name: 'stub', directive: { args: [] }, setup: () => ({ name: 'stub', serve, anyClass: true }) })
}

const CLIENT = { address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 1053 }

function queryOf(question: string, how: AskOptions): Uint8Array {
  const [name, type = 'A', rclass = 'IN'] = question.split(' ')
  const hasEdns = how.do !== undefined || how.bufsize !== undefined || how.options !== undefined
  const bits = [how.rd !== false && FLAG.RD, how.ad && FLAG.AD, how.cd && FLAG.CD, OPCODE[how.opcode ?? 'QUERY'] << 11]
  return writeQuery({
    id: how.id ?? 29,
    name: parseName(name),
    type: typeCode(type)!,
    class: classCode(rclass)!,
    flags: bits.reduce<number>((flags, bit) => flags | Number(bit), 0),
    ...(hasEdns && {
      edns: { version: 0, udpSize: how.bufsize ?? 1232, dnssecOk: how.do ?? false, options: how.options ?? [] },
    }),
  })
}

function answerOf(wire: Uint8Array): Answer {
  const message = readMessage(wire)
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  const flags = (['AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const).filter((flag) => message.flags & FLAG[flag])
  const errors = (message.edns?.options ?? []).map(readExtendedError).filter((error) => error !== undefined)
  return {
    rcode: rcodeName(message.rcode),
    flags: flags.join(' ').toLowerCase(),
    answer: texts(message.answer),
    authority: texts(message.authority),
    additional: texts(message.additional),
    errors: errors.map(({ code, text }) => `${code} ${text}`.trim()),
    message,
    wire,
  }
}
