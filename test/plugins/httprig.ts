import { onTestFinished } from 'vitest'
import type { HttpResource } from '../../src/capabilities.ts'
import { HttpListeners } from '../../src/runtime/node-http.ts'
import { connect } from '../../src/runtime/node-net.ts'
import type { HttpListener } from '../../src/runtime/runtime.ts'
import { FakeRuntime, type FakeRuntimeOptions } from '../runtime.ts'

/** The runtime in memory with real HTTP listeners, on ports of the system's choice. */
export class HttpRuntime extends FakeRuntime {
  /** What listens, in the order of opening. */
  readonly bound: { readonly resource: HttpResource; readonly port: number }[] = []
  readonly #listeners = new HttpListeners((line) => this.log.warn(line))

  constructor(options: FakeRuntimeOptions = {}) {
    super({ connect, ...options })
  }

  readonly listenHttp = async (resource: HttpResource, configuration: object): Promise<HttpListener> => {
    const listener = await this.#listeners.listen(resource, configuration)
    onTestFinished(() => listener.close())
    this.bound.push({ resource, port: listener.port })
    return listener
  }

  /** Where the latest resource at this path is. */
  url(path: string): string {
    const found = this.bound.findLast(({ resource }) => resource.path === path)
    if (!found) throw new Error(`nothing listens for ${path}`)
    return `http://127.0.0.1:${found.port}${path}`
  }
}

export interface Got {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** GETs a URL, over a connection of its own. */
export async function get(url: string, init: RequestInit = {}): Promise<Got> {
  const response = await fetch(url, { ...init, headers: { connection: 'close' } })
  return { status: response.status, headers: response.headers, body: await response.text() }
}
