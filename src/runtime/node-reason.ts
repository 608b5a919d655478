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
}

/** What the system says against it, in a few words. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code && REASONS[code]) ?? message
}

/** An error that says the same in words; its code stays. */
export function inWords(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException
  return code && REASONS[code] ? Object.assign(new Error(REASONS[code], { cause: error }), { code }) : error
}
