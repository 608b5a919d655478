import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/** Found before anything listens: what the TLS library says of such files names neither of them, and comes late. */
export function certificateFault(cert: string, key: string): string | undefined {
  const certificate = attempt(() => new X509Certificate(cert))
  if (!certificate) return 'the certificate is damaged'
  const privateKey = attempt((): KeyObject => createPrivateKey(key))
  if (!privateKey) return 'the private key is damaged, or has a passphrase'
  return certificate.checkPrivateKey(privateKey) ? undefined : 'the private key is that of another certificate'
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
