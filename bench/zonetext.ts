import { closeSync, openSync, writeSync } from 'node:fs'

/** Numbers from 0 to before 1 that look random and are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** A label of 6 to 13 letters and digits. */
export function anyLabel(next: () => number): string {
  let label = ''
  for (let length = 6 + Math.floor(next() * 8); length > 0; length--) label += LETTERS[Math.floor(next() * 36)]
  return label
}

export const ZONE = 'big.example'
const APEX = `$ORIGIN ${ZONE}.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 3600 1209600 300
@ NS ns1
ns1 A 192.0.2.1
*.wild A 192.0.2.2
`

/** Writes a zone of so many names with an A and an AAAA record each, and a wildcard; returns the names, relative to the zone. */
export function writeZone(file: string, count: number): string[] {
  const next = random(count)
  const names = new Set<string>()
  while (names.size < count) names.add(anyLabel(next))
  const handle = openSync(file, 'w')
  let text = APEX
  let i = 0
  for (const name of names) {
    text += `${name} IN A 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}\n`
    text += `${name} IN AAAA 2001:db8::${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}\n`
    i++
    if (text.length > 1_000_000) {
      writeSync(handle, text)
      text = ''
    }
  }
  writeSync(handle, text)
  closeSync(handle)
  return [...names]
}
