import { KvStore } from '../store/kv.ts'
import { StoreError } from '../store/store.ts'
import { BoundNamespace, type KvBinding } from '../store/workers-kv.ts'
import type { Stores } from './runtime.ts'

/** Stores that a Worker has; `env` are its bindings. */
export function workersStores(env: Readonly<Record<string, unknown>>): Stores {
  const bindingOf = (name: string): KvBinding | undefined => {
    const found = env[name]
    return typeof (found as KvBinding | undefined)?.get === 'function' ? (found as KvBinding) : undefined
  }
  const fault = (name: string): string | undefined =>
    bindingOf(name) ? undefined : `there is no KV namespace bound as ${name}: see [[kv_namespaces]] in wrangler.toml`
  return {
    kvFault: fault,
    async kv(name) {
      const binding = bindingOf(name)
      if (!binding) throw new StoreError(fault(name)!)
      return new KvStore(new BoundNamespace(name, binding))
    },
  }
}
