import type { HttpAnswer, ResourceRequest } from '../../capabilities.ts'
import { Explainer } from '../../explain/explainer.ts'
import { explanationOf } from '../../explain/explanation.ts'
import { ParameterError, readParameters } from '../../explain/params.ts'
import { messageOf, peerAt, siteFor, siteNames } from '../../explain/request.ts'
import { explanationText } from '../../explain/text.ts'
import type { Site } from '../../listenerplan.ts'
import type { Transport } from '../../query.ts'
import { type AccessRules, refuse } from './access.ts'

const TEXT = 'text/plain; charset=utf-8'

/** Answers requests for explanations. */
export class Explain {
  readonly #rules: AccessRules
  readonly #sites: () => readonly Site[]
  readonly #explainers = new Map<Site, Explainer>()

  /** `sites` are complete when the first request comes. */
  constructor(rules: AccessRules, sites: () => readonly Site[]) {
    this.#rules = rules
    this.#sites = sites
  }

  async respond(request: ResourceRequest): Promise<HttpAnswer> {
    return (await refuse(this.#rules, request)) ?? this.#answer(request)
  }

  async #answer(request: ResourceRequest): Promise<HttpAnswer> {
    const params = new URL(request.target, 'http://localhost').searchParams
    try {
      return await this.#explain(params, request)
    } catch (error) {
      if (error instanceof ParameterError) return { status: 400, type: TEXT, body: `${error.message}\n` }
      throw error
    }
  }

  async #explain(params: URLSearchParams, request: ResourceRequest): Promise<HttpAnswer> {
    const sites = this.#sites()
    const isJson = wantsJson(params.get('format'), request.header('accept'))
    const wanted = readParameters(params, { client: request.peer.address, transport: usualTransport(sites) })
    const site = siteFor(sites, wanted)
    if (!site) throw new ParameterError(`no server block is reached there; there is ${siteNames(sites)}`)
    const explanation = explanationOf(await this.#explainer(site).explain(messageOf(wanted), peerAt(site, wanted)))
    return isJson
      ? { status: 200, type: 'application/json', body: `${JSON.stringify(explanation)}\n` }
      : { status: 200, type: TEXT, body: explanationText(explanation) }
  }

  #explainer(site: Site): Explainer {
    const explainer = this.#explainers.get(site) ?? new Explainer(site)
    this.#explainers.set(site, explainer)
    return explainer
  }
}

/** UDP, or where no plain DNS is served what is. */
function usualTransport(sites: readonly Site[]): Transport {
  const schemes = sites.map(({ transport }) => transport)
  if (schemes.length === 0 || schemes.includes('dns')) return 'udp'
  return schemes.includes('https') ? 'https' : 'tls'
}

function wantsJson(format: string | null, accept = ''): boolean {
  if (format === null) return accept.includes('application/json')
  if (format !== 'json' && format !== 'text') throw new ParameterError('format must be text or json')
  return format === 'json'
}
