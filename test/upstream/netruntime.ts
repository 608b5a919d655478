import { expositionText } from '../../src/metrics/exposition.ts'
import { https } from '../../src/runtime/node-https.ts'
import { connect, datagram } from '../../src/runtime/node-net.ts'
import { FakeRuntime, type FakeRuntimeOptions } from '../runtime.ts'

/** A runtime with Node's network and everything else in memory. */
export class NetRuntime extends FakeRuntime {
  readonly https = https
  override readonly perRequestIo: boolean
  lookup: ((host: string) => Promise<readonly string[]>) | undefined

  constructor(options: FakeRuntimeOptions & { perRequestIo?: boolean } = {}) {
    super({ connect, datagram, ...options })
    this.perRequestIo = options.perRequestIo ?? false
  }

  /** The lines of metrics that begin so, without what changes from run to run. */
  measured(prefix: string): string[] {
    const lines = expositionText(this.metrics.gather()).split('\n')
    return lines.filter((line) => line.startsWith(prefix)).map((line) => line.replace(/127\.0\.0\.1:\d+/, 'HERE'))
  }
}
