import type { ZoneStore } from '../../store/store.ts'
import { StoredZones, type StoredZonesOptions } from '../../storedzones.ts'

/** Names of PEM files; each may be left out. */
export interface TlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface RedisPluginOptions extends Omit<StoredZonesOptions, 'open' | 'key'> {
  /** Where Redis is and how its records are read, without the files. */
  readonly place: string
  /** Undefined: no TLS. */
  readonly tls: TlsFiles | undefined
  /** Opens the store; `pems` are the texts of the files. */
  connect(pems: TlsFiles | undefined): Promise<ZoneStore>
}

/** Answers from zones in Redis. */
export class Redis extends StoredZones {
  readonly #options: RedisPluginOptions
  #pems: TlsFiles | undefined

  constructor(options: RedisPluginOptions) {
    super({
      ...options,
      open: () => options.connect(this.#pems),
      key: () => JSON.stringify([options.place, this.#pems]),
    })
    this.#options = options
  }

  async load(): Promise<void> {
    const { tls, runtime } = this.#options
    if (!tls) return
    const pems: Record<string, string> = {}
    for (const [what, path] of Object.entries(tls))
      pems[what] = new TextDecoder().decode(await runtime.files.read(path))
    this.#pems = pems
  }
}
