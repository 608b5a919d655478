import { BroadcastChannel } from 'node:worker_threads'
import type { Channel } from './runtime.ts'

/** A channel between the threads of this process. It does not keep the process alive. */
export function openChannel(name: string, received: (message: unknown) => void): Channel {
  const channel = new BroadcastChannel(`coredge ${name}`)
  channel.onmessage = (event) => received((event as { readonly data: unknown }).data)
  channel.unref()
  return { post: (message) => channel.postMessage(message), close: () => channel.close() }
}
