/** `path` below `folder` where it is relative, without `.` and `..`: the same text on every machine. */
export function joinPath(folder: string, path: string): string {
  if (isAbsolute(path)) return path
  const root = folder.match(/^(?:[A-Za-z]:)?[\\/]+/)?.[0] ?? ''
  const parts: string[] = []
  for (const part of `${folder.slice(root.length)}/${path}`.split(/[\\/]+/)) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part === '..' ? root === '' : part !== '' && part !== '.') parts.push(part)
  }
  return root + parts.join('/') || '.'
}

const isAbsolute = (path: string): boolean => /^(?:[A-Za-z]:)?[\\/]/.test(path)
