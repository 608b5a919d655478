import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { configure } from '../../src/instance.ts'
import { modules } from '../../src/plugins.gen.ts'
import type { Peer } from '../../src/query.ts'
import { nodeRuntime } from '../../src/runtime/node.ts'
import { siteFor, type Way } from './transports.ts'

const peer: Peer = { transport: 'tcp', address: '127.0.0.1', port: 4711, localAddress: '127.0.0.1', localPort: 53 }

/** The site asked by function call, as if over TCP. */
export async function inProcess(): Promise<Way> {
  const { folder, corefile: file } = siteFor('dns')
  const imports = { read: () => undefined, glob: () => [] }
  const text = readFileSync(file, 'utf8').replaceAll('root zones', `root ${join(folder, 'zones')}`)
  const corefile = parseCorefile(text, { file, env: {}, imports })
  const instance = configure({ corefile, modules, runtime: nodeRuntime() })
  await instance.load()
  await instance.start()
  const [{ server }] = instance.listeners
  return {
    ask: async (message) => {
      const answer = await server.answer(message, peer)
      return answer === undefined || answer instanceof Uint8Array ? answer : [...answer][0]
    },
    close: async () => {
      await instance.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
