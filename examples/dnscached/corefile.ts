import type { Settings } from './settings.ts'

/** The Corefile that does what the command line says. */
export function corefileOf({ bind, port, ttl, success, denial, prefetch, log, destinations }: Settings): string {
  const cache = [sizeLine('success', success), sizeLine('denial', denial), prefetch > 0 ? `prefetch ${prefetch}` : '']
  const lines = [
    `bind ${bind.join(' ')}`,
    `cache ${ttl} {`,
    ...cache.filter((line) => line !== '').map((line) => `    ${line}`),
    '}',
    'errors',
    `forward . ${destinations.join(' ')}`,
    ...(log ? ['log'] : []),
  ]
  return `.:${port} {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`
}

function sizeLine(kind: 'success' | 'denial', count: number | undefined): string {
  if (count === undefined) return ''
  return count === 0 ? `disable ${kind}` : `${kind} ${count}`
}
