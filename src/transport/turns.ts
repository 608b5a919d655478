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

/** Milliseconds. */
const MOMENT = 0.05
const LONGEST = 50

/**
 * Settles when a turn of the event loop has brought next to nothing: then all is read that the system had for us a moment ago. After a
 * twentieth of a second it settles at the end of any turn.
 */
export async function quietTurn(): Promise<void> {
  const end = performance.now() + LONGEST
  let before = 0
  // The first turn may be half over.
  for (let turns = 0; turns < 3 || (performance.now() - before > MOMENT && before < end); turns++) {
    before = performance.now()
    await new Promise(setImmediate)
  }
}
