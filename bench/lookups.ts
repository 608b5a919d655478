import { parseCorefile } from '../src/corefile/parse.ts'
import { parseName } from '../src/dns/name.ts'
import { configure } from '../src/instance.ts'
import { modules } from '../src/plugins.gen.ts'
import { type Peer, Query } from '../src/query.ts'
import { nodeRuntime } from '../src/runtime/node.ts'
import type { Server } from '../src/server.ts'
import { median } from './load.ts'
import { anyLabel, random, ZONE } from './zonetext.ts'

/** Queries made, and then answered, at a time: few enough that they and what they need are still in the processor's caches. */
const SLICE = 512
/** More than a question takes. */
const MOST_OCTETS = 64
const SLICES = 600
const WARM_UP = 100
const TYPE_A = 1

export const PEER: Peer = { transport: 'udp', address: '127.0.0.1', port: 1, localAddress: '127.0.0.1', localPort: 53 }

/** A zone, and how a name that it has is chosen. */
export interface Subject {
  readonly server: Server
  readonly pick: () => string
}

/** Gives the next name to ask for. */
type Asking = (pick: () => string) => string

const next = random(7)
const present: Asking = (pick) => pick()
const absent: Asking = () => `${anyLabel(next)}-none`
const wildcard: Asking = () => `${anyLabel(next)}.wild`
export const askings: Readonly<Record<string, Asking>> = {
  present,
  absent,
  wildcard,
  mixed: (pick) => [present, absent, wildcard][Math.floor(next() * 3)](pick),
}

/** The server of a zone file. */
export const serverOf = (file: string): Promise<Server> => serverFor(`${ZONE} {\n file ${file}\n}`)

/** The server of a Corefile's only listener, as `coredge` makes it. */
export async function serverFor(text: string): Promise<Server> {
  const corefile = parseCorefile(text, {
    file: 'Corefile',
    env: {},
    imports: { read: () => undefined, glob: () => [] },
  })
  const instance = configure({ corefile, modules, runtime: nodeRuntime() })
  await instance.load()
  return instance.listeners[0].server
}

/** Any name, each as often as the others. */
export const uniform = (names: readonly string[]): (() => string) => {
  return () => names[Math.floor(next() * names.length)]
}

/** The n-th name n times more rarely than the first. Names are in no order, so that this is none of places in memory. */
export const zipf = (names: readonly string[]): (() => string) => {
  const scale = Math.log(names.length + 1)
  return () => names[Math.floor(Math.exp(next() * scale)) - 1]
}

/** Which part of the server is timed. */
interface Run {
  /** What is asked, in octets. */
  question(name: Uint8Array): Uint8Array
  /** What answers these questions. */
  answering(server: Server, questions: readonly Uint8Array[]): () => void
}

/** At the handler: from query to reply. */
export const handled: Run = {
  question: (name) => name,
  answering(server, names) {
    const queries = names.map((name) => new Query(name, TYPE_A, 1, 7, 0, undefined, PEER, 40))
    return () => {
      for (const query of queries) keep(server.respond(query))
    }
  },
}

/** The whole: from message to message. */
export const answered: Run = {
  question: (name) => Uint8Array.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, TYPE_A, 0, 1]),
  answering(server, messages) {
    return () => {
      for (const message of messages) keep(server.answer(message, PEER))
    }
  },
}

/**
 * Questions one behind the other in one array. They are made before anything is timed: the garbage that making them leaves would
 * drive a zone out of the processor's caches between any two slices.
 */
class Questions {
  readonly #octets = new Uint8Array(SLICE * (WARM_UP + SLICES) * MOST_OCTETS)
  readonly #ends: number[] = []
  #taken = 0

  constructor({ question }: Run, asking: Asking, { pick }: Subject) {
    for (let i = 0, at = 0; i < SLICE * (WARM_UP + SLICES); i++) {
      const octets = question(parseName(`${asking(pick)}.${ZONE}.`))
      this.#octets.set(octets, at)
      at += octets.length
      this.#ends.push(at)
    }
  }

  slice(): Uint8Array[] {
    return Array.from({ length: SLICE }, () => {
      const start = this.#ends[this.#taken - 1] ?? 0
      return this.#octets.subarray(start, this.#ends[this.#taken++])
    })
  }
}

let kept: unknown
/** What is used is not optimised away. */
function keep(value: unknown): void {
  kept = value
}

function timed(action: () => void): number {
  const begun = process.hrtime.bigint()
  action()
  const taken = Number(process.hrtime.bigint() - begun) / SLICE
  if (kept instanceof Promise) throw new Error('an answer that has to be waited for')
  return taken
}

/** Nanoseconds per query of each subject, in slices by turns; and of those slices the median. */
export function compare(subjects: readonly Subject[], run: Run, asking: Asking): number[] {
  const questions = subjects.map((subject) => new Questions(run, asking, subject))
  const times: number[][] = subjects.map(() => [])
  for (let slice = -WARM_UP; slice < SLICES; slice++)
    for (const [i, { server }] of subjects.entries()) {
      const taken = timed(run.answering(server, questions[i].slice()))
      if (slice >= 0) times[i].push(taken)
    }
  return times.map(median)
}
