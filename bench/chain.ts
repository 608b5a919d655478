import { writeQuery } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'
import { typeCode } from '../src/dns/rdata/registry.ts'
import { median } from './load.ts'
import { PEER, serverFor } from './lookups.ts'

/**
 * `node --expose-gc --max-semi-space-size=64 chain.ts COREFILE NAME TYPE`: what an answer takes in this process, from message to
 * message, as JSON: nanoseconds, and octets of garbage. A process for each Corefile, as what one does decides how fast another is.
 */
const SLICE = 512
const SLICES = 300
const WARM_UP = 150
/** Slices whose garbage is measured, too few for a collection. */
const WEIGHED = 9

const [corefile, name, type] = process.argv.slice(2)
const server = await serverFor(corefile)
const message = writeQuery({ id: 7, flags: 0x100, name: parseName(name), type: typeCode(type)!, class: 1 })
let kept: unknown

/** Answers as many queries as a slice has, each with a message of its own. */
function answerSlice(): { readonly nanoseconds: number; readonly octets: number } {
  const messages = Array.from({ length: SLICE }, () => message.slice())
  const before = process.memoryUsage().heapUsed
  const begun = process.hrtime.bigint()
  for (const one of messages) kept = server.answer(one, PEER)
  const nanoseconds = Number(process.hrtime.bigint() - begun) / SLICE
  if (kept instanceof Promise) throw new Error('an answer that has to be waited for')
  return { nanoseconds, octets: (process.memoryUsage().heapUsed - before) / SLICE }
}

for (let i = 0; i < WARM_UP; i++) answerSlice()
const times = Array.from({ length: SLICES }, () => answerSlice().nanoseconds)
const garbage = Array.from({ length: WEIGHED }, () => {
  globalThis.gc?.()
  return answerSlice().octets
})
console.log(JSON.stringify({ nanoseconds: median(times), octets: median(garbage) }))
process.exit()
