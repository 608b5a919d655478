import type { HttpResource } from './capabilities.ts'
import { addressText } from './httpaddress.ts'
import { reasonOf } from './reason.ts'
import type { HttpListener, Runtime } from './runtime/runtime.ts'

/** What the blocks of a configuration offer by HTTP, where the platform can listen. */
export class Endpoints {
  readonly #resources: readonly HttpResource[]
  readonly #runtime: Runtime
  #open: HttpListener[] = []

  constructor(resources: readonly HttpResource[], runtime: Runtime) {
    this.#resources = resources
    this.#runtime = runtime
  }

  /** Throws the resource's error where its address is not to be had, leaving nothing open. */
  async open(): Promise<void> {
    const { listenHttp, log } = this.#runtime
    if (!listenHttp) return
    for (const resource of this.#resources) {
      try {
        const listener = await listenHttp(resource, this)
        this.#open.push(listener)
        resource.listening?.(listener.port)
        if (resource.address.port === 0) log.info(`${resource.path} is at ${urlOf(resource, listener)}`)
      } catch (error) {
        await this.close()
        throw resource.fault(reasonOf(error))
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((listener) => listener.close()))
  }
}

function urlOf({ path, address }: HttpResource, { port }: HttpListener): string {
  return `http://${addressText({ ...address, port })}${path}`
}
