import type { ConfigError } from '../../corefile/error.ts'
import type { Token } from '../../corefile/spec.ts'
import { WireError } from '../../dns/error.ts'
import { type Name, parseName, ROOT } from '../../dns/name.ts'
import type { HealthSettings } from './settings.ts'

interface HealthUse {
  readonly args: { readonly interval: number }
  readonly tokens: readonly Token[]
  error(message: string, at?: Token): ConfigError
}

const DEFAULT: HealthSettings = { interval: 500, recursionDesired: true, domain: ROOT }

/** `health_check DURATION [no_rec] [domain FQDN]` */
export function readHealth(use: HealthUse | undefined): HealthSettings {
  if (!use) return DEFAULT
  const { interval } = use.args
  let { recursionDesired, domain } = DEFAULT
  const words = use.tokens.slice(1)
  for (let i = 0; i < words.length; i++) {
    if (words[i].text === 'no_rec') recursionDesired = false
    else if (words[i].text === 'domain') domain = readDomain(use, words[i], words[++i])
    else throw use.error(`unknown option, got "${words[i].text}"`, words[i])
  }
  return { interval, recursionDesired, domain }
}

function readDomain(use: HealthUse, keyword: Token, token: Token | undefined): Name {
  if (!token) throw use.error('domain needs a name', keyword)
  try {
    return parseName(token.text)
  } catch (error) {
    if (error instanceof WireError) throw use.error(`bad domain: ${error.message}`, token)
    throw error
  }
}
