/**
 * Those that name servers read their configuration again at. To be listened to early: Node begins to debug at the one, and the
 * system ends the process at the other.
 */
export const RELOAD_SIGNALS = ['SIGUSR1', 'SIGHUP'] as const

/** Settles when the process is told to end, by SIGTERM, SIGINT or SIGQUIT. Told twice it ends at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false
    const told = (): void => {
      if (isTold) process.exit(1)
      isTold = true
      resolve()
    }
    // Not `once`: libraries that see no other listener take the signal for theirs.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, told)
  })
}
