import { type Cidr, parseAddress } from '../../address.ts'
import type { HttpAnswer, ResourceRequest } from '../../capabilities.ts'

/** Who may ask for explanations. Where both networks and a token are given, both must be right. */
export interface AccessRules {
  /** Undefined: from everywhere. */
  readonly networks: readonly Cidr[] | undefined
  /** Undefined: no token is wanted. What it gives is the token, or undefined where nobody has set one. */
  readonly token: (() => string | undefined) | undefined
}

const refusal = (status: number, reason: string, headers: Record<string, string> = {}): HttpAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${reason}\n`,
  headers,
})

/** Why a request is not answered; undefined where it may be. */
export async function refuse(
  { networks, token }: AccessRules,
  request: ResourceRequest,
): Promise<HttpAnswer | undefined> {
  if (networks && !isAmong(networks, request.peer.address))
    return refusal(403, `no explanations for ${request.peer.address}`)
  if (!token) return undefined
  const expected = token()
  if (!expected) return refusal(403, 'no explanations: the token is not set')
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(request.header('authorization') ?? '') ?? []
  if (await isSame(given, expected)) return undefined
  return refusal(401, 'the token is missing or wrong', { 'www-authenticate': 'Bearer' })
}

function isAmong(networks: readonly Cidr[], text: string): boolean {
  const address = parseAddress(text.replace(/%.*/s, ''))
  return address !== undefined && networks.some((network) => network.contains(address))
}

/** Takes as long for a wrong token as for the right one, however much of it is right: digests are compared, to their end. */
async function isSame(given: string, expected: string): Promise<boolean> {
  const digest = async (text: string): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  const [one, other] = await Promise.all([digest(given), digest(expected)])
  return one.reduce((difference, octet, i) => difference | (octet ^ other[i]), 0) === 0
}
