const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

/** Does the word look like a TTL, which starts with a digit as no class or type does? */
export function looksLikeTtl(octet: number): boolean {
  return octet >= 48 && octet <= 57
}

/** Seconds from `3600` or `1h30m` in `bytes[start, stop)`; undefined where it is neither or over 32 bits. */
export function readTtl(bytes: Uint8Array, start: number, stop: number): number | undefined {
  let total = 0
  let value = 0
  let digits = 0
  let units = 0
  for (let i = start; i < stop; i++) {
    const digit = bytes[i] - 48
    if (digit >= 0 && digit <= 9) {
      if (++digits > 10) return undefined
      value = value * 10 + digit
      continue
    }
    const unit = UNITS[String.fromCharCode(bytes[i]).toLowerCase()]
    if (unit === undefined || digits === 0) return undefined
    total += value * unit
    value = 0
    digits = 0
    units++
  }
  // Digits without a unit after some with one, `1h30`, are a slip rather than seconds.
  if (digits > 0 && units > 0) return undefined
  total += value
  return total <= 0xffffffff && stop > start ? total : undefined
}
