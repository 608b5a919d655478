import type { HttpsClient, HttpsOptions, HttpsRequest, HttpsResponse } from './runtime.ts'

/** As in node-https.ts, which is loaded with the first request: it takes megabytes, and most servers have no use for it. */
export const https = (options: HttpsOptions): HttpsClient => new LoadedClient(options)

class LoadedClient implements HttpsClient {
  readonly #options: HttpsOptions
  #client: Promise<HttpsClient> | undefined

  constructor(options: HttpsOptions) {
    this.#options = options
  }

  async request(request: HttpsRequest): Promise<HttpsResponse> {
    this.#client ??= import('./node-https.ts').then((module) => module.https(this.#options))
    return (await this.#client).request(request)
  }

  renew(): void {
    void this.#client?.then((client) => client.renew())
  }

  close(): void {
    void this.#client?.then((client) => client.close())
  }
}
