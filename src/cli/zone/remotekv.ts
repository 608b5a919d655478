import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { KvNamespace, KvPair } from '../../store/kvnamespace.ts'
import { Failure } from '../failure.ts'
import { wranglerBin } from '../tools.ts'

/** Pairs that one `wrangler kv bulk put` takes, and keys that one `bulk get` does. */
const PAIRS = 10_000
const KEYS = 100
const PAGE = 1000
const MOST_OUTPUT = 512 * 1024 * 1024

/** A namespace at Cloudflare, by the commands of wrangler, which knows the account and how to sign in. */
export class WranglerNamespace implements KvNamespace {
  readonly label: string
  readonly #binding: string
  readonly #where: readonly string[]
  readonly #folder: string

  /** `where`: flags that say which side is meant. */
  constructor(binding: string, where: readonly string[] = ['--remote']) {
    this.label = `kv:${binding}`
    this.#binding = binding
    this.#where = where
    this.#folder = mkdtempSync(join(tmpdir(), 'coredge-kv-'))
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const values = new Map<string, string>()
    for (let at = 0; at < keys.length; at += KEYS) {
      const file = this.#file(keys.slice(at, at + KEYS))
      const found = jsonIn(await this.#wrangler('bulk', 'get', file)) as Record<string, FoundValue | null>
      for (const [key, value] of Object.entries(found)) {
        const text = typeof value === 'object' ? value?.value : value
        if (typeof text === 'string') values.set(key, text)
      }
    }
    return values
  }

  async put(pairs: readonly KvPair[]): Promise<void> {
    for (let at = 0; at < pairs.length; at += PAIRS)
      await this.#wrangler('bulk', 'put', this.#file(pairs.slice(at, at + PAIRS)))
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += PAIRS)
      await this.#wrangler('bulk', 'delete', this.#file(keys.slice(at, at + PAIRS)), '--force')
  }

  async *list(prefix: string): AsyncGenerator<readonly string[]> {
    const found = jsonIn(await this.#wrangler('key', 'list', '--prefix', prefix)) as { readonly name: string }[]
    for (let at = 0; at < found.length; at += PAGE) yield found.slice(at, at + PAGE).map(({ name }) => name)
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #file(content: unknown): string {
    const path = join(this.#folder, 'content.json')
    writeFileSync(path, JSON.stringify(content), { mode: 0o600 })
    return path
  }

  #wrangler(...words: readonly string[]): Promise<string> {
    const args = [wranglerBin(), 'kv', ...words, '--binding', this.#binding, ...this.#where]
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', FORCE_COLOR: '0', CI: '1' }
    return new Promise((resolve, reject) => {
      execFile(process.execPath, args, { env, maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
        if (error) reject(new Failure(`wrangler kv ${words[0]} ${words[1]}: ${reasonIn(`${stderr}\n${stdout}`)}`))
        else resolve(stdout)
      })
    })
  }
}

type FoundValue = string | { readonly value: string | null }

/** Wrangler's own words stand before and behind the JSON. */
function jsonIn(output: string): unknown {
  const start = output.search(/^[[{]/m)
  const end = Math.max(output.lastIndexOf(']'), output.lastIndexOf('}'))
  if (start < 0 || end < start) throw new Failure(`wrangler says no JSON: ${output.trim().split('\n')[0]}`)
  return JSON.parse(output.slice(start, end + 1))
}

function reasonIn(output: string): string {
  // It has colours, whatever the environment says.
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim())
  return (
    lines.find((line) => /error/i.test(line))?.replace(/^.*?\[?ERROR\]?:?\s*/i, '') ??
    lines.find((line) => line !== '') ??
    ''
  )
}
