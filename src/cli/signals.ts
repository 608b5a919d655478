/** Settles when the process is told to end, by SIGTERM or SIGINT. Told twice it ends at once. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false
    const told = (): void => {
      if (isTold) process.exit(1)
      isTold = true
      resolve()
    }
    // Not `once`: libraries that see no other listener take the signal for theirs.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, told)
  })
}
