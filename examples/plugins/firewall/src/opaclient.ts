import { type Block, filePath, type HttpsClient } from 'coredge'

/** Octets of an answer, which is a word in a few characters of JSON. */
const LIMIT = 65_536
/** Milliseconds. */
const IDLE = 30_000
export const TIMEOUT = 5000

/** Sends documents to one endpoint. */
export interface OpaClient {
  load?(): Promise<void>
  /** Rejects with a one-line reason, also where the status is not 200. */
  ask(body: string, signal: AbortSignal): Promise<string>
  close?(): void
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' } as const

/** By `fetch`, on Node and at the edge. */
export class FetchClient implements OpaClient {
  readonly #endpoint: URL

  constructor(endpoint: URL) {
    this.#endpoint = endpoint
  }

  async ask(body: string, signal: AbortSignal): Promise<string> {
    const response = await fetch(this.#endpoint, { method: 'POST', headers: HEADERS, body, signal })
    const text = await readBody(response)
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return text
  }
}

async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LIMIT) throw new Error(`the answer is longer than ${LIMIT} octets`)
  }
  return text + decoder.decode()
}

/** Files in PEM: `CA`, `CERT KEY`, or `CERT KEY CA`. */
export type TlsFiles = readonly string[]

/** By the platform's HTTPS client, with certificates of one's own. */
export class TlsClient implements OpaClient {
  readonly #endpoint: URL
  readonly #files: TlsFiles
  readonly #block: Block
  #client: HttpsClient | undefined

  /** The block's runtime must have an HTTPS client. */
  constructor(endpoint: URL, files: TlsFiles, block: Block) {
    this.#endpoint = endpoint
    this.#files = files
    this.#block = block
  }

  async load(): Promise<void> {
    const read = async (path: string | undefined): Promise<string | undefined> =>
      path === undefined
        ? undefined
        : new TextDecoder().decode(await this.#block.runtime.files.read(filePath(this.#block, path)))
    const [cert, key, ca] = this.#files.length === 1 ? [undefined, undefined, this.#files[0]] : this.#files
    const [certText, keyText, caText] = await Promise.all([cert, key, ca].map(read))
    const { hostname, port } = this.#endpoint
    this.#client = this.#block.runtime.https!({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? 443 : Number(port),
      timeout: TIMEOUT,
      idle: IDLE,
      tls: {
        ...(caText !== undefined && { ca: caText }),
        ...(certText !== undefined && { cert: certText }),
        ...(keyText !== undefined && { key: keyText }),
      },
    })
  }

  async ask(text: string, signal: AbortSignal): Promise<string> {
    if (!this.#client) throw new Error('not loaded yet')
    const { pathname, search } = this.#endpoint
    const body = new TextEncoder().encode(text)
    const request = { method: 'POST', path: pathname + search, headers: HEADERS, body, signal, limit: LIMIT } as const
    const response = await this.#client.request(request)
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return new TextDecoder().decode(response.body)
  }

  close(): void {
    this.#client?.close()
  }
}
