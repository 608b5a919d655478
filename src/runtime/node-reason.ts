/** Why a file cannot be had, in words. */
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
}

/** What the system says against it, in a few words. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code && REASONS[code]) ?? message
}
