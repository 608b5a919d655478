import { setTimeout as wait } from 'node:timers/promises'
import type { CorefileRecord } from '../runtime/recording.ts'
import type { Log } from '../runtime/runtime.ts'
import type { Companion } from './companion.ts'
import { type CorefileReader, fingerprint } from './corefile.ts'
import { describeError } from './errors.ts'

/** Without a `reload` directive, how often to look whether there is one by now. Milliseconds. */
const IDLE = 2000

/** Changes to the configuration as it is now. Where that fails the old one stays, and the reason is logged. */
export async function reload(companion: Companion, log: Log): Promise<boolean> {
  try {
    await companion.reload()
    log.info('reload: complete')
    return true
  } catch (error) {
    for (const line of describeError(error)) log.error(line)
    log.error('reload: failed, the old configuration stays in use')
    companion.current?.instance.reload?.failed()
    return false
  }
}

/**
 * Looks at the Corefile and its imports as often as a `reload` directive says, and reloads when they have changed. A
 * configuration that is wrong is reported once, not at each look.
 */
export async function watchCorefile(
  companion: Companion,
  reader: CorefileReader,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let seen = companion.current && fingerprint(companion.current.record)
  while (!signal.aborted) {
    const { interval, jitter } = companion.current?.instance.reload ?? { interval: IDLE, jitter: 0 }
    await wait(interval + (2 * Math.random() - 1) * jitter, undefined, { signal, ref: false }).catch(() => {})
    if (signal.aborted || !companion.current?.instance.reload) continue
    const record = look(reader)
    const found = record && fingerprint(record)
    if (found === undefined || found === seen) continue
    seen = found
    // A signal may have brought it already.
    if (companion.current && found === fingerprint(companion.current.record)) continue
    await reload(companion, log)
  }
}

/** Undefined while the file cannot be read: editors put a new one in its place, and it may be missing for a moment. */
function look(reader: CorefileReader): CorefileRecord | undefined {
  try {
    return reader.read().record
  } catch {
    return undefined
  }
}
