import type { HttpAnswer } from '../../capabilities.ts'
import { durationText } from '../../corefile/duration.ts'
import type { Plugin } from '../../plugin.ts'
import type { Log } from '../../runtime/runtime.ts'
import type { SelfCheck } from './selfcheck.ts'

const HEALTHY: HttpAnswer = { status: 200, type: 'text/plain; charset=utf-8', body: 'OK' }

/** Who can answer is healthy. Delays the end of the process, so that clients can be led elsewhere. */
export class Health implements Plugin {
  readonly name = 'health'
  readonly #lameduck: number
  readonly #log: Log
  #check: SelfCheck | undefined

  /** `lameduck` in milliseconds. */
  constructor(lameduck: number, log: Log) {
    this.#lameduck = lameduck
    this.#log = log
  }

  respond(): HttpAnswer {
    return HEALTHY
  }

  checkItself(check: SelfCheck): void {
    this.#check = check
    check.start()
  }

  async drain(): Promise<void> {
    if (this.#lameduck === 0) return
    this.#log.info(`plugin/health: Going into lameduck mode for ${durationText(this.#lameduck)}`)
    await new Promise((resolve) => setTimeout(resolve, this.#lameduck))
  }

  stop(): void {
    this.#check?.stop()
  }
}
