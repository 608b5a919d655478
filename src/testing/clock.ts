/** What a fake clock stands in for. */
const real = {
  Date,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  now: performance.now.bind(performance),
}

/** Milliseconds; a day like any other. */
const START = Date.UTC(2026, 0, 1)

interface Timer {
  readonly run: () => void
  at: number
  /** Milliseconds between runs; undefined for one that runs once. */
  readonly every: number | undefined
}

/** Time that stands still until a test lets it go on: `Date`, `performance.now()`, timeouts and intervals of the process. */
export interface FakeClock {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Lets so many milliseconds pass. What is due runs in its order, and what waits for that goes on. */
  advance(milliseconds: number): Promise<void>
  /** Puts the real clock back: to be called at the end of a test. */
  restore(): void
  [Symbol.dispose](): void
}

let current: FakeClock | undefined

/** Puts a fake clock in place of the real one; `start` is what it shows, in milliseconds since 1970. */
export function fakeClock(start = START): FakeClock {
  if (current) throw new Error('there is a fake clock already: restore() it first')
  const clock = new Clock(start)
  current = clock
  return clock
}

class Clock implements FakeClock {
  readonly #start: number
  /** Milliseconds since it was made. */
  #passed = 0
  /** In whole milliseconds, as fractions would not add up. */
  readonly #began = Math.ceil(real.now())
  readonly #timers = new Map<TimerHandle, Timer>()

  constructor(start: number) {
    this.#start = start
    this.#install()
  }

  get now(): number {
    return this.#start + this.#passed
  }

  async advance(milliseconds: number): Promise<void> {
    const end = this.#passed + milliseconds
    await settle()
    for (let due = this.#next(end); due; due = this.#next(end)) {
      const [handle, timer] = due
      this.#passed = Math.max(this.#passed, timer.at)
      if (timer.every === undefined) this.#timers.delete(handle)
      else timer.at += timer.every
      timer.run()
      await settle()
    }
    this.#passed = end
    await settle()
  }

  restore(): void {
    if (current !== this) return
    current = undefined
    const { now, ...globals } = real
    Object.assign(globalThis, globals)
    performance.now = now
  }

  [Symbol.dispose](): void {
    this.restore()
  }

  #next(end: number): [TimerHandle, Timer] | undefined {
    let first: [TimerHandle, Timer] | undefined
    for (const entry of this.#timers) if (entry[1].at <= end && (!first || entry[1].at < first[1].at)) first = entry
    return first
  }

  #install(): void {
    const clock = this
    const add = (run: () => void, delay: number, every?: number): TimerHandle => {
      const handle = new TimerHandle()
      this.#timers.set(handle, { run, at: this.#passed + delay, every })
      return handle
    }
    const clear = (handle: unknown): void => void this.#timers.delete(handle as TimerHandle)
    Object.assign(globalThis, {
      Date: class extends real.Date {
        constructor(...args: [] | [string | number | Date]) {
          super(...((args.length > 0 ? args : [clock.now]) as [number]))
        }
        static override now(): number {
          return clock.now
        }
      },
      setTimeout: (run: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) => add(() => run(...args), delay),
      setInterval: (run: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) =>
        add(() => run(...args), delay, Math.max(delay, 1)),
      clearTimeout: clear,
      clearInterval: clear,
    })
    performance.now = () => this.#began + this.#passed
  }
}

/** What Node gives for a timer, as far as anybody asks for it. */
class TimerHandle {
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return false
  }
}

/** Everything that can go on without time passing has gone on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => real.setTimeout(resolve, 0))
}
