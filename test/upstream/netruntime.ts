import { https } from '../../src/runtime/node-https.ts'
import { connect, datagram } from '../../src/runtime/node-net.ts'
import { FakeRuntime, type FakeRuntimeOptions } from '../runtime.ts'

/** A runtime with Node's network and everything else in memory. */
export class NetRuntime extends FakeRuntime {
  readonly https = https
  readonly perRequestIo: boolean
  lookup: ((host: string) => Promise<readonly string[]>) | undefined

  constructor(options: FakeRuntimeOptions & { perRequestIo?: boolean } = {}) {
    super({ connect, datagram, ...options })
    this.perRequestIo = options.perRequestIo ?? false
  }
}
