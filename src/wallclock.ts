/** How far the two clocks may drift apart before the finer one is set anew. Milliseconds. */
const TOLERANCE = 20

let offset = 0

/** Milliseconds since 1970, with fractions, which Date.now does not have. Follows when the system's clock is set. */
export function wallclock(): number {
  const fine = performance.now()
  const coarse = Date.now()
  if (Math.abs(coarse - fine - offset) > TOLERANCE) offset = coarse - fine
  return fine + offset
}
