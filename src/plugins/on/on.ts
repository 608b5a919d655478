import type { Plugin } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import type { Command, Runtime } from '../../runtime/runtime.ts'

export interface Reaction {
  readonly event: 'startup' | 'shutdown' | 'certrenew'
  /** The program and its arguments. */
  readonly words: readonly string[]
  /** Nobody waits for its end. */
  readonly inBackground: boolean
}

/** How long the end of the process waits for a command. Milliseconds. */
const PATIENCE = 30_000

/** Runs commands when the server starts, and when it is about to end. */
export class Reactions implements Plugin {
  readonly name = 'on'
  readonly announces = true
  readonly #reactions: readonly Reaction[]
  readonly #runtime: Runtime

  constructor(reactions: readonly Reaction[], runtime: Runtime) {
    this.#reactions = reactions
    this.#runtime = runtime
  }

  /** DNS does not wait for it. */
  start(): void {
    void this.#run('startup')
  }

  drain(): Promise<void> {
    return this.#run('shutdown')
  }

  /** One after the other. */
  async #run(event: Reaction['event']): Promise<void> {
    if (this.#runtime.isFollower) return
    for (const { event: wanted, words, inBackground } of this.#reactions) {
      if (wanted !== event) continue
      const ended = this.#report(event, words)
      if (!inBackground) await ended
    }
  }

  async #report(event: Reaction['event'], words: readonly string[]): Promise<void> {
    const { log, run } = this.#runtime
    try {
      const command = run!(words)
      await (event === 'shutdown' ? withPatience(command) : command.ended)
    } catch (error) {
      log.error(`plugin/on: ${event}: ${words.join(' ')}: ${reasonOf(error)}`)
    }
  }
}

async function withPatience(command: Command): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      command.kill()
      reject(new Error(`not done within ${PATIENCE / 1000} s`))
    }, PATIENCE)
  })
  try {
    await Promise.race([command.ended, late])
  } finally {
    clearTimeout(timer)
    command.ended.catch(() => {})
  }
}
