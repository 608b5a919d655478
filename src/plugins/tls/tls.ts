import type { TlsSettings } from '../../capabilities.ts'
import type { ConfigError } from '../../corefile/error.ts'
import type { Plugin } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import type { Runtime } from '../../runtime/runtime.ts'

/** Paths. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  readonly ca: string | undefined
  readonly keylog: string | undefined
}

/** Reads certificate and key for the listeners, which find them in the settings. */
export class Certificates implements Plugin {
  readonly name = 'tls'
  readonly #files: TlsFiles
  readonly #settings: TlsSettings
  readonly #runtime: Runtime
  readonly #error: (message: string) => ConfigError

  constructor(files: TlsFiles, settings: TlsSettings, runtime: Runtime, error: (message: string) => ConfigError) {
    this.#files = files
    this.#settings = settings
    this.#runtime = runtime
    this.#error = error
  }

  async load(): Promise<void> {
    const { cert, key, ca, keylog } = this.#files
    this.#settings.cert = await this.#pem(cert, 'certificate', /-----BEGIN CERTIFICATE-----/)
    this.#settings.key = await this.#pem(key, 'private key', /-----BEGIN (\w+ )?PRIVATE KEY-----/)
    const fault = this.#runtime.certificateFault?.(this.#settings.cert, this.#settings.key)
    if (fault) throw this.#error(`${fault}, got "${cert}" and "${key}"`)
    if (ca) this.#settings.ca = await this.#pem(ca, 'certificate', /-----BEGIN CERTIFICATE-----/)
    if (keylog) await this.#checkFolder(keylog)
  }

  async #pem(path: string, what: string, begin: RegExp): Promise<string> {
    const text = new TextDecoder().decode(await this.#try(this.#runtime.files.read(path)))
    if (!begin.test(text)) throw this.#error(`file has no ${what} in PEM form, got "${path}"`)
    return text
  }

  /** The file comes into being with the first session; its folder must be there. */
  async #checkFolder(path: string): Promise<void> {
    const folder = /^(.*)[/\\]/s.exec(path)?.[1]
    if (folder) await this.#try(this.#runtime.files.list(folder))
  }

  async #try<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading
    } catch (error) {
      throw this.#error(reasonOf(error))
    }
  }
}
