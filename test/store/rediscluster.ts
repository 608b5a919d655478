import { setTimeout as wait } from 'node:timers/promises'
import { RedisServer } from './redisserver.ts'

const SLOTS = 16_384

/** Masters of a Redis cluster on loopback, to which more can be added. */
export class RedisCluster {
  readonly nodes: RedisServer[] = []

  static async start(masters: number): Promise<RedisCluster> {
    const cluster = new RedisCluster()
    for (let i = 0; i < masters; i++) {
      const node = await cluster.add()
      const [from, to] = [i, i + 1].map((n) => Math.floor((n * SLOTS) / masters))
      await node.cli('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1))
    }
    await cluster.settled(/cluster_state:ok/)
    return cluster
  }

  /** A master more, without slots. */
  async add(): Promise<RedisServer> {
    const node = await RedisServer.start(
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      'BUS',
      '--cluster-node-timeout',
      '2000',
    )
    const [first] = this.nodes
    this.nodes.push(node)
    if (first) await node.cli('CLUSTER', 'MEET', '127.0.0.1', String(first.port), String(first.bus))
    await this.settled(new RegExp(`cluster_known_nodes:${this.nodes.length}\\b`))
    return node
  }

  /** Gives the slot of a key, which must be empty, to a node. */
  async give(key: string, node: RedisServer): Promise<void> {
    await this.settled(/cluster_state:ok/)
    const slot = await node.cli('CLUSTER', 'KEYSLOT', key)
    const id = await node.cli('CLUSTER', 'MYID')
    await node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', id)
    for (const other of this.nodes) await other.cli('CLUSTER', 'SETSLOT', slot, 'NODE', id)
  }

  /** What redis-cli prints for a command about a key, at the master that has it. */
  cli(...command: readonly string[]): Promise<string> {
    return this.nodes[0].cli('-c', ...command)
  }

  async end(): Promise<void> {
    for (const node of this.nodes) await node.end()
  }

  /** Waits until all nodes say so. */
  async settled(said: RegExp): Promise<void> {
    for (const node of this.nodes)
      for (let tries = 0; !said.test(await node.cli('CLUSTER', 'INFO')); tries++) {
        if (tries > 200) throw new Error(`the cluster does not come to ${said}`)
        await wait(50)
      }
  }
}
