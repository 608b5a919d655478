import { ConfigError } from './error.ts'
import { got } from './got.ts'
import { parseHost } from './host.ts'
import type { ServerKey } from './parse.ts'
import { Complaint, type Token } from './spec.ts'
import { didYouMean } from './suggest.ts'

const TRANSPORTS: readonly ServerKey['transport'][] = ['dns', 'tls', 'https']

/** CoreDNS's schemes for which there is no listener, and why. */
const UNSUPPORTED: { readonly [scheme: string]: string } = {
  grpc: 'there is no listener for DNS over gRPC',
  quic: 'there is no listener for DNS over QUIC',
  https3: 'there is no listener for HTTP/3; the edge serves it for https:// blocks',
}

/** Reads a key of a server block. Throws a ConfigError; what only looks wrong is given to `warn`. */
export function parseKey({ text, at }: Token, warn: (warning: ConfigError) => void): ServerKey {
  const complain = (message: string) => new ConfigError(`server block: ${message}${got(text)}`, at)
  const fail = (message: string): never => {
    throw complain(message)
  }
  const [, prefix = 'dns', rest] = /^(?:([^/:]*):\/\/)?(.*)$/s.exec(text)!
  const scheme = prefix.toLowerCase()
  if (Object.hasOwn(UNSUPPORTED, scheme))
    fail(`${scheme}:// is not supported here: ${UNSUPPORTED[scheme]}; use dns, tls or https`)
  const transport = TRANSPORTS.find((known) => known === scheme)
  if (!transport) return fail(`unknown scheme${didYouMean(scheme, TRANSPORTS)}; use dns, tls or https`)
  try {
    const { zones, port, isAddress } = parseHost(rest)
    if (isAddress) warn(complain('an address as a key is its reverse zone; `bind` says where to listen'))
    const ascii = asciiForm(rest)
    if (ascii) warn(complain(`clients ask for such a name in its ASCII form, ${ascii} (RFC 5890)`))
    return { text, transport, zones, port, at }
  } catch (error) {
    if (error instanceof Complaint) return fail(`key ${error.message}`)
    throw error
  }
}

/** The name that clients send in place of one with letters outside ASCII; undefined where the key has none, or no such form. */
function asciiForm(rest: string): string | undefined {
  const name = rest.replace(/:\d*$/, '')
  const url = `http://${name}`
  return /[^\0-\x7f]/.test(name) && URL.canParse(url) ? new URL(url).hostname : undefined
}

/** The keys in words before a server block; commas part them as blanks do. */
export function splitKeys(words: readonly Token[]): Token[] {
  return words.flatMap((word) => (word.quoted ? [word] : splitAtCommas(word))).filter(({ text }) => text !== '')
}

function splitAtCommas({ text, at, quoted }: Token): Token[] {
  let column = at.column
  return text.split(',').map((part) => {
    const token = { text: part, at: { ...at, column }, quoted }
    column += part.length + 1
    return token
  })
}
