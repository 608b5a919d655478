import { NotLoaded } from './view.ts'

/** No lookup takes as many. */
const MOST_WAITS = 10_000
/** Who else waits for the same may be gone, and with a Worker's request what it has asked for. Milliseconds. */
const PATIENCE = 6000

/** Does something with a view. Where that must wait for data it is done again, from the start, when the data is there. */
export function whenLoaded<T>(action: () => T): T | Promise<T> {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof NotLoaded)) throw error
    return later(error, action)
  }
}

async function later<T>(missing: NotLoaded, action: () => T): Promise<T> {
  // What was waited for must not go again before all is there.
  const held: unknown[] = []
  while (held.length < MOST_WAITS) {
    held.push(await withPatience(missing.ready))
    try {
      return action()
    } catch (error) {
      if (!(error instanceof NotLoaded)) throw error
      missing = error
    }
  }
  throw new Error('zone data: a lookup does not come to an end')
}

/** What a promise gives; undefined where it does not settle. */
async function withPatience(promise: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE)
  })
  try {
    return await Promise.race([promise, enough])
  } finally {
    clearTimeout(timer)
  }
}
