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
const SLICES = 600
const WARM_UP = 100
const TYPE_A = 1

const PEER: Peer = { transport: 'udp', address: '127.0.0.1', port: 1, localAddress: '127.0.0.1', localPort: 53 }

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

/** The server of a zone file, as `coredge` makes it. */
export async function serverOf(file: string): Promise<Server> {
  const corefile = parseCorefile(`${ZONE} {\n file ${file}\n}`, {
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

/** Answers one slice; returns nanoseconds per query. */
type Run = (subject: Subject, asking: Asking) => number

const wireOf = (asking: Asking, { pick }: Subject): Uint8Array => parseName(`${asking(pick)}.${ZONE}.`)

/** At the handler: from query to reply. */
export const handled: Run = (subject, asking) => {
  const queries = Array.from(
    { length: SLICE },
    () => new Query(wireOf(asking, subject), TYPE_A, 1, 7, 0, undefined, PEER, 40),
  )
  const { server } = subject
  return timed(() => {
    for (const query of queries) keep(server.respond(query))
  })
}

/** The whole: from message to message. */
export const answered: Run = (subject, asking) => {
  const messages = Array.from({ length: SLICE }, () => {
    const name = wireOf(asking, subject)
    return Uint8Array.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, TYPE_A, 0, 1])
  })
  const { server } = subject
  return timed(() => {
    for (const message of messages) keep(server.answer(message, PEER))
  })
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
  const times: number[][] = subjects.map(() => [])
  for (let slice = -WARM_UP; slice < SLICES; slice++)
    for (const [i, subject] of subjects.entries()) {
      const taken = run(subject, asking)
      if (slice >= 0) times[i].push(taken)
    }
  return times.map(median)
}
