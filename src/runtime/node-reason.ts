/** Why a file or another machine cannot be had, in words. */
const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  EMFILE: 'too many open files',
  ELOOP: 'too many links',
  ENOSPC: 'no space left',
  EROFS: 'a read-only file system',
  EADDRINUSE: 'something else is there already',
  // Go's words, which CoreDNS's users have in the patterns of their `errors`. Addresses are not for the clients that see these.
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'broken pipe',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'the local address is not one of this machine',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'temporary failure in name resolution',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not valid yet',
}

/** What the system says against it, in a few words. */
export function systemReason(error: unknown): string {
  const { code, message, library, reason } = error as NodeJS.ErrnoException & { library?: string; reason?: string }
  if (code && REASONS[code]) return REASONS[code]
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `the certificate is for another name: ${reason}`
  // OpenSSL's own message has numbers and source lines of its own around the reason.
  return library !== undefined && reason !== undefined ? `TLS: ${reason}` : message
}

/** An error that says the same in words; its code stays. */
export function inWords(error: Error): Error {
  const reason = systemReason(error)
  if (reason === error.message) return error
  return Object.assign(new Error(reason, { cause: error }), { code: (error as NodeJS.ErrnoException).code })
}
