import {
  type Block,
  Complaint,
  definePlugin,
  fileName,
  findLabel,
  required,
  some,
  type Use,
  type ValueType,
  word,
} from 'coredge'
import { FetchClient, type OpaClient, TlsClient } from './opaclient.ts'
import { OpaEngine } from './opaengine.ts'
import { PolicyEngines } from './policy.ts'

const FIELDS = ['client_ip', 'name', 'rcode', 'response_ip']

const url: ValueType<URL> = {
  label: 'URL',
  parse(text) {
    const found = URL.canParse(text) ? new URL(text) : undefined
    if (found?.protocol === 'http:' || found?.protocol === 'https:') return found
    throw new Complaint('must be a URL such as http://127.0.0.1:8181/v1/data/dns/action')
  },
}

const directive = {
  args: [required('name', word)],
  properties: {
    endpoint: { args: [required('url', url)] },
    tls: { args: [some('files', fileName)] },
    fields: { args: [some('names', word)] },
  },
} as const

/** `opa NAME { endpoint URL }`: an engine for `firewall` that asks Open Policy Agent. */
export const plugin = definePlugin({
  name: 'opa',
  directive,
  setup(uses, block) {
    const names = new Set<string>()
    return uses.map((use) => {
      const { name } = use.args
      if (names.has(name)) throw use.error(`there is an engine of this name already, got "${name}"`, use.tokens[0])
      names.add(name)
      const client = clientOf(use, block)
      const engine = new OpaEngine(name, client, use.get('fields')?.args.names ?? FIELDS)
      block.provide(PolicyEngines, engine)
      return {
        name: 'opa',
        async load() {
          for (const field of engine.bind((label) => findLabel(block, label)))
            block.warn(`opa: there is no field or metadata label "${field}", so that it is never sent`, use.at)
          await client.load?.()
        },
        stop: () => client.close?.(),
      }
    })
  },
})

function clientOf(use: Use<typeof directive>, block: Block): OpaClient {
  const endpoint = use.get('endpoint')?.args.url
  if (!endpoint) throw use.error('needs an endpoint, such as http://127.0.0.1:8181/v1/data/dns/action')
  const tls = use.get('tls')
  if (!tls) return new FetchClient(endpoint)
  if (endpoint.protocol !== 'https:') throw tls.error('is for an endpoint that begins with https://')
  if (tls.args.files.length > 3) throw tls.error('takes CERT KEY CACERT, or CERT KEY, or CACERT', tls.tokens[3])
  if (!block.runtime.https) throw tls.error('has no certificates of its own to show at the edge: leave it out there')
  return new TlsClient(endpoint, tls.args.files, block)
}
