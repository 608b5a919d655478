import { HttpResources, Sites } from '../../capabilities.ts'
import { Complaint, optional, required, some, type ValueType } from '../../corefile/spec.ts'
import { network } from '../../corefile/values.ts'
import { httpAddress, loopback } from '../../httpaddress.ts'
import { type Key, key } from '../../key.ts'
import { definePlugin } from '../../plugin.ts'
import { Explain } from './explain.ts'

const PORT = 8282

/** There is one for all blocks. */
const There: Key<object> = key('explain/there')

const variable: ValueType<string> = {
  label: 'variable',
  parse(text) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return text
    throw new Complaint('must be the name of an environment variable that holds the token')
  },
}

/** `explain [ADDRESS] { allow NETWORK… | token VARIABLE }`: says by HTTP how the server would answer a query. */
export const plugin = definePlugin({
  name: 'explain',
  directive: {
    args: [optional('address', httpAddress)],
    properties: {
      allow: { args: [some('networks', network)], repeat: true },
      token: { args: [required('variable', variable)] },
    },
    once: true,
  },
  setup([use], block) {
    const { env, log } = block.runtime
    if (block.shared(There, () => use) !== use) throw use.error('may stand only once in a Corefile')
    const name = use.get('token')?.args.variable
    const networks = use.all('allow').flatMap(({ args }) => args.networks)
    if (name === undefined && networks.length === 0)
      throw use.error('must say who may ask: allow NETWORK…, or token VARIABLE')
    const token = name === undefined ? undefined : (): string | undefined => env?.(name)
    const explain = new Explain({ networks: networks.length > 0 ? networks : undefined, token }, () =>
      block.shared(Sites, () => []),
    )
    block.provide(HttpResources, {
      path: '/explain',
      address: use.args.address ?? loopback(PORT),
      respond: (request) => explain.respond(request),
      fault: (reason) => use.error(reason),
    })
    return {
      name: 'explain',
      start() {
        if (token && !token())
          log.warn(`plugin/explain: the variable ${name} is not set, so that nothing will be explained`)
      },
    }
  },
})
