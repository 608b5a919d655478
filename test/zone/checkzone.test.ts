import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { itWith } from '../e2e/tools.ts'
import { JUDGED_OTHERWISE, ODD_ZONES } from './oddzones.ts'
import { recordsOf, zoneOf } from './zones.ts'

/** Zone files as BIND's named-compilezone reads and judges them. */

const HEAD = '$TTL 300\n@ IN SOA ns h 1 3600 600 86400 120\n@ IN NS ns\nns A 192.0.2.1\n'
const REFUSED = 'refused'
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-checkzone-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The zone's records, without regard to case, order and how text is written; or that it is refused. */
function bind(text: string): Promise<string> {
  const file = join(folder, 'zone')
  writeFileSync(file, text)
  const args = ['-q', '-i', 'local', '-k', 'ignore', '-s', 'full', '-o', '-', 'example.', file]
  return new Promise((resolve) => {
    execFile('named-compilezone', args, { env, encoding: 'latin1' }, (error, out) =>
      resolve(error ? REFUSED : canonical(out.split('\n').filter((line) => /\sIN\s/.test(line)))),
    )
  })
}

function ours(text: string): string {
  try {
    return canonical(recordsOf(zoneOf(text)))
  } catch (error) {
    if ((error as { code?: string }).code !== 'ZONE') throw error
    expect((error as Error).message).toMatch(/^db:\d+:\d+: /)
    return REFUSED
  }
}

const canonical = (lines: readonly string[]): string =>
  lines
    .map((line) => line.toLowerCase().split(/\s+/).join(' ').trim())
    .sort()
    .join('\n')

describe('named-compilezone', () => {
  itWith('named-compilezone').each(ODD_ZONES)('agrees: %j', async (zone) => {
    const text = `${HEAD}${zone}\n`
    expect(ours(text)).toBe(await bind(text))
  })

  itWith('named-compilezone').each(['\r', '\r\n'])('agrees on lines that end in %j', async (end) => {
    const text = `${HEAD}www A 192.0.2.2 ; comment\n A 192.0.2.3\n`
    expect(ours(text.replaceAll('\n', end))).toBe(ours(text))
    if (end === '\r\n') expect(await bind(text.replaceAll('\n', end))).toBe(ours(text))
  })

  itWith('named-compilezone').each(JUDGED_OTHERWISE)('does not: %j, where ours is %j: %s', async (zone, message) => {
    const text = `${HEAD}${zone}\n`
    expect((await bind(text)) === REFUSED).toBe(message === '')
    if (message === '') expect(ours(text)).not.toBe(REFUSED)
    else expect(() => zoneOf(text)).toThrow(message)
  })
})
