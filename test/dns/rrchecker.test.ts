import { spawnSync } from 'node:child_process'
import { describe, expect } from 'vitest'
import { itWith } from '../e2e/tools.ts'
import { EXAMPLES } from './rdata.table.ts'

/** Record data as BIND's named-rrchecker reads it: the same octets as in the table. */

/** What BIND does not read. */
const READ_HERE_ONLY: readonly RegExp[] = [
  // One long text, a time with a unit, small letters for directions, no key: clear enough.
  /^TXT x{256}$/,
  /^RRSIG .* 1h /,
  /^LOC .* s .* w /,
  /^IPSECKEY 10 1 0 192.0.2.3$/,
  // In the form of unknown types a digest has the length that it has (RFC 3597 §5).
  /^DS \\#/,
  /^NSEC3 1 0 0 - 00$/,
  // Parameters that are newer than that BIND.
  /^HTTPS .* ohttp /,
]

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
const check = (args: readonly string[], input?: string): string =>
  spawnSync('named-rrchecker', args, { env, encoding: 'utf8', input }).stdout ?? ''

describe('named-rrchecker', () => {
  const known = new Set(check(['-T']).split(/\s+/))
  const examples = EXAMPLES.filter(
    ([type, text]) => known.has(type) && !READ_HERE_ONLY.some((other) => other.test(`${type} ${text}`)),
  )
  itWith('named-rrchecker').each(examples)('%s %s', (type, text, wire) => {
    const shown = check(['-u', '-o', 'example.org.'], `IN ${type} ${text}\n`)
    expect(/\\# \d+ ?([\dA-F ]*)$/m.exec(shown)?.[1].replaceAll(' ', '').toLowerCase()).toBe(wire?.replaceAll(' ', ''))
  })
})
