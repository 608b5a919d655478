import { mkdir } from 'node:fs/promises'
import type * as MiniflareModule from 'miniflare'
import type * as Wrangler from 'wrangler'
import type { KvNamespace, KvPair } from '../../store/kvnamespace.ts'
import { Failure } from '../failure.ts'
import { LOCAL_KV, localConfig } from '../localworker.ts'
import { importTool } from '../tools.ts'

/** Values that go in one request. */
const PAIRS = 2000
const KEYS = 100

/** Runs within workerd, beside the data: one request for many keys. */
const SCRIPT = `
const run = async (list, action) => {
  const left = list.values()
  const work = async () => { for (const one of left) await action(one) }
  await Promise.all(Array.from({ length: 50 }, work))
}
export default {
  async fetch(request, { KV }) {
    const { put, remove, get, list } = await request.json()
    if (put) await run(put, ({ key, value }) => KV.put(key, value))
    if (remove) await run(remove, (key) => KV.delete(key))
    if (get) return Response.json([...(await KV.get(get))])
    if (list) return Response.json(await KV.list(list))
    return Response.json(null)
  },
}`

interface Page {
  readonly keys: readonly { readonly name: string }[]
  readonly list_complete: boolean
  readonly cursor?: string
}

/** The namespace that the Worker has which `npm start` and `wrangler dev` run on this machine. */
export class LocalNamespace implements KvNamespace {
  readonly label: string
  readonly #miniflare: MiniflareModule.Miniflare

  private constructor(binding: string, miniflare: MiniflareModule.Miniflare) {
    this.label = `kv:${binding}`
    this.#miniflare = miniflare
  }

  /** `persist`: the folder where miniflare keeps KV. */
  static async open(binding: string, persist: string = LOCAL_KV): Promise<LocalNamespace> {
    const id = await namespaceId(binding)
    await mkdir(persist, { recursive: true })
    const { Miniflare, Log, LogLevel } = await importTool<typeof MiniflareModule>('miniflare')
    const miniflare = new Miniflare({
      modules: true,
      script: SCRIPT,
      compatibilityDate: '2026-07-30',
      kvNamespaces: { KV: id },
      kvPersist: persist,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.WARN),
    })
    await miniflare.ready
    return new LocalNamespace(binding, miniflare)
  }

  async get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const values = new Map<string, string>()
    for (let at = 0; at < keys.length; at += KEYS) {
      const found = await this.#ask<[string, string | null][]>({ get: keys.slice(at, at + KEYS) })
      for (const [key, value] of found) if (value !== null) values.set(key, value)
    }
    return values
  }

  async put(pairs: readonly KvPair[]): Promise<void> {
    for (let at = 0; at < pairs.length; at += PAIRS) await this.#ask({ put: pairs.slice(at, at + PAIRS) })
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += PAIRS) await this.#ask({ remove: keys.slice(at, at + PAIRS) })
  }

  async *list(prefix: string): AsyncGenerator<readonly string[]> {
    let cursor: string | undefined
    for (;;) {
      const page: Page = await this.#ask({ list: { prefix, ...(cursor === undefined ? {} : { cursor }) } })
      yield page.keys.map(({ name }) => name)
      if (page.list_complete) return
      cursor = page.cursor
    }
  }

  close(): Promise<void> {
    return this.#miniflare.dispose()
  }

  async #ask<T>(request: object): Promise<T> {
    const response = await this.#miniflare.dispatchFetch('http://kv.invalid/', {
      method: 'POST',
      body: JSON.stringify(request),
    })
    const text = await response.text()
    if (!response.ok) throw new Failure(`${this.label}: ${text.split('\n')[0]}`)
    return JSON.parse(text) as T
  }
}

/** What miniflare calls the namespace of a binding. */
async function namespaceId(binding: string): Promise<string> {
  const { unstable_getMiniflareWorkerOptions: readOptions } = await importTool<typeof Wrangler>('wrangler')
  const config = localConfig()
  const namespaces = namespacesIn(config, () => readOptions(config).workerOptions.kvNamespaces)
  const found = namespaces?.[binding as keyof typeof namespaces] as string | { readonly id: string } | undefined
  if (found === undefined) throw new Failure(`${config} has no KV namespace with the binding ${binding}`)
  return typeof found === 'string' ? found : found.id
}

function namespacesIn<T>(config: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Failure(`cannot read ${config}: ${(error as Error).message.split('\n')[0]}`)
  }
}
