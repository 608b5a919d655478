/** Unpredictable numbers for message ids and ports (RFC 5452 §9.2), drawn in batches as each draw has a price. */

const batch = new Uint16Array(2048)
let next = batch.length

/** 0 to 65535. */
export function randomId(): number {
  if (next === batch.length) {
    crypto.getRandomValues(batch)
    next = 0
  }
  return batch[next++]
}

/** 0 to `limit - 1`; `limit` is far below 65536, so that the bias does not matter. */
export const randomBelow = (limit: number): number => randomId() % limit
