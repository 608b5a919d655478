import type { HttpsClient, HttpsOptions, HttpsRequest, HttpsResponse } from '../runtime/runtime.ts'

/**
 * HTTPS by the platform's own `fetch`, which pools connections as it likes. It takes the certificate's name from the URL, so
 * a server name stands there in place of an address.
 */
export function fetchClient({ host, port, tls }: HttpsOptions): HttpsClient {
  const name = tls?.serverName ?? host
  const base = `https://${name.includes(':') ? `[${name}]` : name}:${port}`
  return {
    async request({ method, path, headers, body, signal, limit }: HttpsRequest): Promise<HttpsResponse> {
      const sent = body as Uint8Array<ArrayBuffer> | undefined
      const response = await fetch(base + path, { method, headers, body: sent, signal, redirect: 'manual' })
      const type = response.headers.get('content-type') ?? ''
      const age = Number(response.headers.get('age') ?? 0) || 0
      return { status: response.status, type, age, body: await readAtMost(response, limit) }
    },
    renew() {},
    close() {},
  }
}

/** The body; rejects when there is more than `limit` octets of it. */
async function readAtMost(response: Response, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  if (!reader) return new Uint8Array(0)
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > limit) {
      await reader.cancel()
      throw new Error(`answer is longer than ${limit} octets`)
    }
    parts.push(value)
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    body.set(part, at)
    at += part.length
  }
  return body
}
