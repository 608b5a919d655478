import { Session } from 'node:inspector/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { ProfileKind } from './runtime.ts'

/** Bytes between two samples of the heap, as the engine's own tools take them. */
const SAMPLING_INTERVAL = 32_768

/** What this thread does for so many milliseconds: a profile as JSON, which Chrome's and VS Code's tools read. */
export async function profile(kind: ProfileKind, milliseconds: number): Promise<string> {
  const session = new Session()
  session.connect()
  try {
    return JSON.stringify(
      await (kind === 'cpu' ? cpuProfile(session, milliseconds) : heapProfile(session, milliseconds)),
    )
  } finally {
    session.disconnect()
  }
}

async function cpuProfile(session: Session, milliseconds: number): Promise<unknown> {
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  await wait(milliseconds)
  return (await session.post('Profiler.stop')).profile
}

async function heapProfile(session: Session, milliseconds: number): Promise<unknown> {
  await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLING_INTERVAL })
  await wait(milliseconds)
  return (await session.post('HeapProfiler.stopSampling')).profile
}
