import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

/** Who may import whom: the arrows of ARCHITECTURE.md. */
const src = join(import.meta.dirname, '../src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

const NODE_ONLY = [
  /^(index\.)?node\.ts$/,
  /^cli\//,
  /^runtime\/node[\w-]*\.ts$/,
  /^transport\/(udp|outbox|tcp|tls|https|shed|proxygate)[\w-]*\.ts$/,
  /^store\/(sqlite|redis)[\w-]*\.ts$/,
]
const WORKERS_ONLY = [/^(worker|index\.workerd)\.ts$/, /^runtime\/workers[\w-]*\.ts$/, /^store\/workers-kv\.ts$/]

interface Import {
  readonly from: string
  readonly to: string
  /** `import type`: leaves nothing behind at run time. */
  readonly isType: boolean
}

const imports: Import[] = files.flatMap((from) =>
  [
    ...readFileSync(join(src, from), 'utf8').matchAll(
      /^(?:import|export) (type )?[^'"]*?from '([^']+)'|import\('([^']+)'\)/gm,
    ),
  ].map(([, type, path, lazy]) => {
    const target = path ?? lazy
    const to = target.startsWith('.') ? relative(src, resolve(src, dirname(from), target)) : target
    return { from, to, isType: type !== undefined }
  }),
)

const offenders = (breaks: (one: Import) => boolean): string[] =>
  imports.filter(breaks).map(({ from, to }) => `${from} imports ${to}`)
const folder = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '')
const plugin = (file: string): string | undefined => /^plugins\/([^/]+)\//.exec(file)?.[1]

it('finds the imports at all', () => {
  expect(imports.length).toBeGreaterThan(100)
})

it('node:* stays on the Node side', () => {
  expect(offenders(({ from, to }) => to.startsWith('node:') && !NODE_ONLY.some((rule) => rule.test(from)))).toEqual([])
})

it('cloudflare:* stays on the Workers side', () => {
  expect(
    offenders(({ from, to }) => to.startsWith('cloudflare:') && !WORKERS_ONLY.some((rule) => rule.test(from))),
  ).toEqual([])
})

it('shared code imports neither side', () => {
  const sided = (file: string): boolean => [...NODE_ONLY, ...WORKERS_ONLY].some((rule) => rule.test(file))
  expect(offenders(({ from, to, isType }) => !isType && sided(to) && !sided(from))).toEqual([])
})

it('dns/ imports nothing else of ours', () => {
  expect(offenders(({ from, to }) => folder(from) === 'dns' && /\.ts$/.test(to) && folder(to) !== 'dns')).toEqual([])
})

it('metrics/ knows names and queries, and nothing else of ours', () => {
  const below = ['metrics', 'dns']
  expect(
    offenders(({ from, to, isType }) => !isType && folder(from) === 'metrics' && !below.includes(folder(to))),
  ).toEqual([])
})

it('zone/ knows neither plugins, transports nor entries', () => {
  const above = ['plugins', 'transport', 'cli', 'runtime']
  expect(offenders(({ from, to, isType }) => !isType && folder(from) === 'zone' && above.includes(folder(to)))).toEqual(
    [],
  )
})

it('no plugin imports another', () => {
  expect(
    offenders(({ from, to }) => plugin(from) !== undefined && plugin(to) !== undefined && plugin(from) !== plugin(to)),
  ).toEqual([])
})

it('plugins know no transport, command line or entry', () => {
  const above = ['transport', 'cli']
  expect(offenders(({ from, to }) => folder(from) === 'plugins' && above.includes(folder(to)))).toEqual([])
})
