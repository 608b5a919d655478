import { EDE } from '../dns/edns.ts'
import { MAX_MESSAGE } from '../dns/framing.ts'
import type { HttpsClient, HttpsResponse } from '../runtime/runtime.ts'
import { UpstreamError, upstreamError } from './error.ts'
import type { Carrier, Receiver } from './receiver.ts'

const MEDIA_TYPE = 'application/dns-message'

/** Requests that may wait. Those of a Worker whose clients went away end without a word, and are the oldest then. */
const MAX_WAITING = 16_384

export type DohMethod = 'GET' | 'POST'

/** Asks one upstream over HTTPS (RFC 8484). The id stays 0, so that HTTP caches find GETs alike (§4.1). */
export class DohCarrier implements Carrier {
  readonly #client: HttpsClient
  readonly #path: string
  readonly #method: DohMethod
  readonly #waiting = new Map<number, AbortController>()
  #next = 0
  /** 0 before the first. */
  #lastAnswer = 0

  constructor(client: HttpsClient, path: string, method: DohMethod) {
    this.#client = client
    this.#path = path
    this.#method = method
  }

  /** Sends a query. `age` of the receiver's answer: seconds that HTTP caches kept it. */
  send(receiver: Receiver, aged: (seconds: number) => void): number {
    const id = this.#next
    this.#next = (this.#next + 1) % 0x1_0000_0000
    const abort = new AbortController()
    this.#waiting.set(id, abort)
    if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#waiting.keys().next().value!)
    this.#request(receiver.wire, abort.signal).then(
      (response) => {
        this.#lastAnswer = performance.now()
        if (!this.#waiting.delete(id)) return
        const wrong = complaint(response)
        if (wrong) return receiver.broke(wrong)
        aged(response.age)
        receiver.received(response.body)
      },
      (reason) => {
        if (this.#waiting.delete(id)) receiver.broke(upstreamError(reason, 'request failed'))
      },
    )
    return id
  }

  forget(id: number): void {
    this.#waiting.get(id)?.abort()
    this.#waiting.delete(id)
  }

  /** Nothing at all came since: see Stream.expire. */
  expire(_id: number, since: number): void {
    if (this.#lastAnswer < since) this.#client.renew()
  }

  close(): void {
    this.#client.close()
  }

  #request(wire: Uint8Array, signal: AbortSignal): Promise<HttpsResponse> {
    const limit = MAX_MESSAGE
    if (this.#method === 'POST') {
      const headers = { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE }
      return this.#client.request({ method: 'POST', path: this.#path, headers, body: wire, signal, limit })
    }
    const query = `${this.#path.includes('?') ? '&' : '?'}dns=${base64Url(wire)}`
    return this.#client.request({
      method: 'GET',
      path: this.#path + query,
      headers: { accept: MEDIA_TYPE },
      signal,
      limit,
    })
  }
}

/** A status other than 2xx is the HTTP server's word, which may not have asked anybody (RFC 8484 §4.2.1). */
function complaint({ status, type }: HttpsResponse): UpstreamError | undefined {
  if (status < 200 || status > 299) return new UpstreamError(`HTTP status ${status}`)
  if (type.split(';', 1)[0].trim().toLowerCase() === MEDIA_TYPE) return undefined
  return new UpstreamError(`content type "${type}"`, EDE.INVALID_DATA)
}

/** RFC 4648 §5, without padding (RFC 8484 §6). */
export function base64Url(bytes: Uint8Array): string {
  let text = ''
  for (const octet of bytes) text += String.fromCharCode(octet)
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
