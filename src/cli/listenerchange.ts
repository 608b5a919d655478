import type { Listener as Planned } from '../instance.ts'
import { reasonOf } from '../reason.ts'
import { isWildcard } from '../transport/udpwildcard.ts'
import { isAbsent, ListenError, listenerId, type OpenListener, openListener } from './listeners.ts'

/** The step from the listeners of one configuration to those of the next. */
export class ListenerChange {
  /** What is open afterwards. */
  readonly open = new Map<string, OpenListener>()
  readonly #before: Map<string, OpenListener>
  readonly #planned: ReadonlyMap<string, Planned>
  readonly #warn: (line: string) => void
  /** All ports are the lead's. */
  readonly #isFollower: boolean
  readonly #opened: OpenListener[] = []
  /** What the next configuration has no use for; those of them that had to go early are in #released. */
  readonly #stale: Set<OpenListener>
  readonly #released: OpenListener[] = []

  constructor(
    before: Map<string, OpenListener>,
    listeners: readonly Planned[],
    warn: (line: string) => void,
    isFollower = false,
  ) {
    this.#before = before
    this.#isFollower = isFollower
    this.#planned = new Map(listeners.map((planned) => [listenerId(planned), planned]))
    this.#warn = warn
    this.#stale = new Set([...before].filter(([id]) => !this.#kept(id)).map(([, listener]) => listener))
  }

  /** What is open and goes on; a socket that nobody can share does not where it is to be shared. */
  #kept(id: string): OpenListener | undefined {
    const open = this.#before.get(id)
    const planned = this.#planned.get(id)
    return open && planned && (open.isShared || planned.sockets === 1) ? open : undefined
  }

  /** Opens what is new and hands what stays to its new server. On failure throws, with everything as it was. */
  async make(): Promise<void> {
    const updated: (() => void)[] = []
    try {
      for (const [id, planned] of this.#planned) {
        const listener = this.#kept(id) ?? (await this.#bind(planned))
        if (listener) this.open.set(id, listener)
      }
      for (const [id, planned] of this.#planned) {
        const kept = this.#kept(id)
        if (!kept) continue
        const old = kept.planned
        kept.update(planned, beside(planned, this.#planned.values()))
        updated.push(() => kept.update(old, beside(old, openOf(this.#before))))
      }
    } catch (error) {
      for (const undo of updated) undo()
      await this.#undo()
      throw error
    }
  }

  /** Closes what is no longer wanted, queries under way answered. */
  async closeStale(): Promise<void> {
    await Promise.all([...this.#stale].map((listener) => listener.close()))
  }

  /** Undefined where the machine does not have the address and nobody insists on it. */
  async #bind(planned: Planned): Promise<OpenListener | undefined> {
    try {
      return await this.#openOne(planned)
    } catch (error) {
      if (!(error instanceof ListenError)) throw error
      if (planned.optional && isAbsent(error.code)) return undefined
      // The port may be in our own hands: 127.0.0.1 is not free for 0.0.0.0.
      const inTheWay = [...this.#stale].filter((listener) => listener.port === planned.port)
      if (error.code !== 'EADDRINUSE' || inTheWay.length === 0) throw error
      for (const listener of inTheWay) {
        this.#stale.delete(listener)
        this.#released.push(listener)
        await listener.close()
      }
      return this.#openOne(planned)
    }
  }

  async #openOne(planned: Planned): Promise<OpenListener> {
    const listener = await this.#openAmong(planned, this.#planned.values())
    this.#opened.push(listener)
    return listener
  }

  #openAmong(planned: Planned, all: Iterable<Planned>): Promise<OpenListener> {
    const ours = [...this.#before.values(), ...this.#opened].filter(({ isShared }) => isShared)
    const isOurs = this.#isFollower || ours.some((open) => overlap({ ...open.planned, port: open.port }, planned))
    return openListener(planned, { beside: beside(planned, all), isOurs, warn: this.#warn })
  }

  async #undo(): Promise<void> {
    await Promise.all(this.#opened.map((listener) => listener.close()))
    for (const { planned } of this.#released) {
      const id = listenerId(planned)
      this.#before.delete(id)
      try {
        this.#before.set(id, await this.#openAmong(planned, openOf(this.#before)))
      } catch (error) {
        this.#warn(`${id} had to be closed for the change and could not be opened again: ${reasonOf(error)}`)
      }
    }
  }
}

const openOf = (listeners: ReadonlyMap<string, OpenListener>): Planned[] =>
  [...listeners.values()].map(({ planned }) => planned)

/** What the one takes the other may take. */
const overlap = (one: Planned, other: Planned): boolean =>
  one.port === other.port && (one.address === other.address || isWildcard(one.address) || isWildcard(other.address))

/** The addresses of the other listeners at the port. */
const beside = ({ address, port }: Planned, all: Iterable<Planned>): string[] =>
  [...all].filter((other) => other.port === port && other.address !== address).map((other) => other.address)
