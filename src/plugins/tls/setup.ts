import { Tls } from '../../capabilities.ts'
import { optional, required, rest, type Use } from '../../corefile/spec.ts'
import { fileName, oneOf, word } from '../../corefile/values.ts'
import { filePath } from '../../filepath.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { Certificates, type TlsFiles } from './tls.ts'

const CLIENT_AUTH = ['nocert', 'request', 'require', 'verify_if_given', 'require_and_verify'] as const
const ACME = ['acme', 'email', 'ca', 'storage', 'ca_root', 'resolver'] as const
/** Declared so that the message can say what they are. */
const unavailable = { args: [rest('words', word)], repeat: true } as const

const directive = {
  args: [optional('cert', fileName), optional('key', fileName), optional('ca', fileName)],
  properties: {
    client_auth: { args: [required('policy', oneOf(CLIENT_AUTH))] },
    keylog: { args: [required('file', fileName)] },
    acme: unavailable,
    email: unavailable,
    ca: unavailable,
    storage: unavailable,
    ca_root: unavailable,
    resolver: unavailable,
  },
  once: true,
} as const

/** `tls CERT KEY [CA]`: the certificate of the block's TLS and HTTPS listeners. */
export const plugin = definePlugin({
  name: 'tls',
  directive,
  runtimes: { workers: 'ignored', why: 'at the edge the platform has the certificates' },
  setup([use], block) {
    const files = filesOf(use, block)
    const clientAuth = use.get('client_auth')?.args.policy ?? 'nocert'
    const settings = { cert: '', key: '', clientAuth, ...(files.keylog && { keylog: files.keylog }) }
    block.provide(Tls, settings)
    return new Certificates(files, settings, block.runtime, (message) => use.error(message))
  },
})

function filesOf(use: Use<typeof directive>, block: Block): TlsFiles {
  const acme = ACME.map((property) => use.get(property)).find((property) => property !== undefined)
  if (acme)
    throw use.error('ACME is not supported: let an ACME client keep CERT and KEY fresh, and name them here', acme.at)
  const { cert, key, ca } = use.args
  if (!cert || !key) throw use.error(`${cert ? 'key' : 'cert'} is missing (tls CERT KEY [CA])`)
  const keylog = use.get('keylog')?.args.file
  return {
    cert: filePath(block, cert),
    key: filePath(block, key),
    ca: ca && filePath(block, ca),
    keylog: keylog && filePath(block, keylog),
  }
}
