import { parseDuration } from '../../corefile/duration.ts'
import type { ConfigError } from '../../corefile/error.ts'
import { Complaint, type Token } from '../../corefile/spec.ts'
import type { StaleSettings } from './settings.ts'
import type { CacheUse } from './setup.ts'

interface StaleUse {
  readonly tokens: readonly Token[]
  error(message: string, at?: Token): ConfigError
}

const DEFAULT_STALE = 3_600_000
/** RFC 8767 §5 */
const MAX_RECHECK = 300_000
const MAX_TTL = 0xffff_ffff

/** `serve_stale [DURATION] [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]`, `serve_stale_policy prefer_positive` */
export function readStale(use: CacheUse): StaleSettings | undefined {
  const preferPositive = readPolicy(use)
  const property = use.get('serve_stale')
  if (!property) return undefined
  const [upTo, mode, ...rest] = property.tokens
  const verify = readMode(property, mode)
  const timeout = verify ? rest.shift() : undefined
  const [ttl, recheck, extra] = rest
  if (extra) throw property.error(`too many arguments, got "${extra.text}"`, extra)
  return {
    upTo: upTo ? readDuration(property, upTo) : DEFAULT_STALE,
    verify,
    verifyTimeout: timeout ? readDuration(property, timeout) : 0,
    ttl: ttl ? readTtl(property, ttl) : 0,
    recheck: recheck ? readRecheck(property, recheck) : 0,
    preferPositive,
  }
}

function readPolicy(use: CacheUse): boolean {
  const policy = use.get('serve_stale_policy')
  if (!policy) return false
  if (policy.args.policy.toLowerCase() !== 'prefer_positive')
    throw policy.error(`must be prefer_positive, got "${policy.args.policy}"`, policy.tokens[0])
  if (!use.has('serve_stale')) throw policy.error('has no meaning without serve_stale')
  return true
}

function readMode(property: StaleUse, mode: Token | undefined): boolean {
  const text = mode?.text.toLowerCase() ?? 'immediate'
  if (text !== 'immediate' && text !== 'verify')
    throw property.error(`must be immediate or verify, got "${mode!.text}"`, mode)
  return text === 'verify'
}

function readDuration(property: StaleUse, token: Token): number {
  try {
    const found = parseDuration(token.text)
    if (found >= 0) return found
  } catch (error) {
    if (error instanceof Complaint) throw property.error(`${error.message}, got "${token.text}"`, token)
    throw error
  }
  throw property.error(`must not be negative, got "${token.text}"`, token)
}

function readTtl(property: StaleUse, token: Token): number {
  const seconds = readDuration(property, token) / 1000
  if (Number.isInteger(seconds) && seconds <= MAX_TTL) return seconds
  throw property.error(`TTL must be whole seconds, at most ${MAX_TTL}, got "${token.text}"`, token)
}

function readRecheck(property: StaleUse, token: Token): number {
  const recheck = readDuration(property, token)
  if (recheck <= MAX_RECHECK) return recheck
  throw property.error(`failure recheck must be at most 5m, got "${token.text}"`, token)
}
