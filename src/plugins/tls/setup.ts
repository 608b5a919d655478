import { Tls } from '../../capabilities.ts'
import { optional, required, type Use } from '../../corefile/spec.ts'
import { fileName, oneOf } from '../../corefile/values.ts'
import { filePath } from '../../filepath.ts'
import { type Block, definePlugin, type Plugin } from '../../plugin.ts'
import { acmeProperties } from './acme.ts'
import { Certificates, type TlsFiles } from './tls.ts'

const CLIENT_AUTH = ['nocert', 'request', 'require', 'verify_if_given', 'require_and_verify'] as const

const directive = {
  args: [optional('cert', fileName), optional('key', fileName), optional('ca', fileName)],
  properties: {
    client_auth: { args: [required('policy', oneOf(CLIENT_AUTH))] },
    keylog: { args: [required('file', fileName)] },
    ...acmeProperties,
  },
  once: true,
} as const

/** `tls CERT KEY [CA]`: the certificate of the block's TLS and HTTPS listeners. */
export const plugin = definePlugin({
  name: 'tls',
  directive,
  runtimes: { workers: 'ignored', why: 'at the edge the platform has the certificates' },
  setup([use], block) {
    if (use.has('acme')) return withoutAcme(use, block)
    const files = filesOf(use, block)
    const clientAuth = use.get('client_auth')?.args.policy ?? 'nocert'
    const settings = { cert: '', key: '', clientAuth, ...(files.keylog && { keylog: files.keylog }) }
    block.provide(Tls, settings)
    return new Certificates(files, settings, block.runtime, (message) => use.error(message))
  },
})

/** ACME is not built in. In a block that needs no certificate this changes nothing; in any other it is an error. */
function withoutAcme(use: Use<typeof directive>, block: Block): Plugin {
  const message = 'ACME is not supported: let an ACME client keep CERT and KEY fresh, and name them here'
  const acme = use.get('acme')!
  if (block.listeners.some(({ transport }) => transport !== 'dns')) throw use.error(message, acme.at)
  block.warn(`tls: ${message}; without tls:// and https:// keys the block serves all the same`, acme.at)
  const root = use.get('ca_root')
  return {
    name: 'tls',
    async load() {
      if (!root) return
      await block.runtime.files.read(filePath(block, root.args.file)).catch((error: Error) => {
        throw root.error(error.message)
      })
    },
  }
}

function filesOf(use: Use<typeof directive>, block: Block): TlsFiles {
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
