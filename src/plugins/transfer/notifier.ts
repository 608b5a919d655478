import { CLASS, FLAG, OPCODE, RCODE, TYPE } from '../../dns/constants.ts'
import { type Name, nameText } from '../../dns/name.ts'
import { rcodeName } from '../../dns/rdata/registry.ts'
import { reasonOf } from '../../reason.ts'
import type { Log } from '../../runtime/runtime.ts'
import { exchange } from '../../upstream/exchange.ts'
import type { Upstream } from '../../upstream/upstream.ts'

/** How long to wait for an answer, and before each further try (RFC 1996 §3.6). Milliseconds. */
const PATIENCE = 3000
const PAUSES = [5000, 10_000, 20_000, 40_000]
/** Notices go out at this distance, so that a server of many zones does not flood anyone. Milliseconds. */
const DISTANCE = 10

/** Tells secondaries that zones changed (RFC 1996), each until it answers or has been told five times. */
export class Notifier {
  readonly #secondaries: readonly Upstream[]
  readonly #log: Log
  /** By secondary and zone: a newer notice takes an older one's place. */
  readonly #underWay = new Map<string, AbortController>()
  #nextAt = 0

  constructor(secondaries: readonly Upstream[], log: Log) {
    this.#secondaries = secondaries
    this.#log = log
  }

  /** `delay`: milliseconds to wait before. */
  notify(apex: Name, delay = 0): void {
    for (const secondary of this.#secondaries) {
      const id = `${secondary.name} ${nameText(apex)}`
      const end = new AbortController()
      this.#underWay.get(id)?.abort()
      this.#underWay.set(id, end)
      void this.#tell(secondary, apex, this.#slot(delay), end.signal).then(() => {
        if (this.#underWay.get(id) === end) this.#underWay.delete(id)
      })
    }
  }

  stop(): void {
    for (const end of this.#underWay.values()) end.abort()
    this.#underWay.clear()
    for (const secondary of this.#secondaries) secondary.close()
  }

  /** Milliseconds until it is a notice's turn that is to go out in `delay`. */
  #slot(delay: number): number {
    const now = performance.now()
    this.#nextAt = Math.max(this.#nextAt + DISTANCE, now + delay)
    return this.#nextAt - now
  }

  async #tell(secondary: Upstream, apex: Name, delay: number, signal: AbortSignal): Promise<void> {
    await pause(delay, signal)
    for (let failures = 0; !signal.aborted; failures++) {
      const reason = await ask(secondary, apex)
      if (reason === undefined || signal.aborted) return
      if (reason.isFinal || failures === PAUSES.length) {
        this.#log.warn(`plugin/transfer: notice of zone ${nameText(apex)} not taken by ${reason.text}`)
        return
      }
      await pause(PAUSES[failures], signal)
    }
  }
}

interface Refusal {
  readonly text: string
  /** An answer came: asking again would bring the same. */
  readonly isFinal: boolean
}

async function ask(secondary: Upstream, name: Name): Promise<Refusal | undefined> {
  // RFC 1996 §3.7: as a query for the zone's SOA, with AA.
  const flags = (OPCODE.NOTIFY << 11) | FLAG.AA
  const notice = { name, type: TYPE.SOA, class: CLASS.IN, flags, dnssecOk: false, options: [] }
  try {
    const { rcode } = await exchange(secondary, notice, { timeout: PATIENCE })
    if (rcode === RCODE.NOERROR) return undefined
    return { text: `${secondary.name}: ${rcodeName(rcode)}`, isFinal: true }
  } catch (error) {
    return { text: reasonOf(error), isFinal: false }
  }
}

/** Resolves after so many milliseconds, or at once when the signal comes. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
