const waiting: (() => void)[] = []

/** Calls `work` later. One piece of work a turn of the event loop, whoever asks: much of it must not keep queries waiting. */
export function inTurn(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(next)
}

function next(): void {
  const [work] = waiting
  try {
    work()
  } finally {
    waiting.shift()
    if (waiting.length > 0) setImmediate(next)
  }
}
