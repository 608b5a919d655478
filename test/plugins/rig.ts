import { onTestFinished } from 'vitest'
import type { Instance } from '../../src/instance.ts'
import type { Answer, AskOptions } from '../../src/library/answer.ts'
import { type ChainOptions, openChain } from '../../src/testing/chain.ts'
import type { FakeRuntime } from '../../src/testing/runtime.ts'

export type { Answer, AskOptions } from '../../src/library/answer.ts'
export { type ChainOptions as RigOptions, faults } from '../../src/testing/chain.ts'

/** What `coredge/testing` calls a chain, stopped at the end of the test. */
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
export async function rig(corefile: string, options: ChainOptions = {}): Promise<Rig> {
  const { runtime, instance, ask, tryAsk, stop } = await openChain(corefile, options)
  onTestFinished(stop)
  return { runtime, instance, ask: tryAsk, answer: ask, stop }
}
