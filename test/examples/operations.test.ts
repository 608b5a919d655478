import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { expositionText } from '../../src/metrics/exposition.ts'
import { Registry } from '../../src/metrics/registry.ts'
import { measureProcess } from '../../src/runtime/node-process.ts'
import { itWith, run } from '../e2e/tools.ts'
import { freePort, startCoredge } from '../e2e/transports.ts'
import { busyMetrics } from '../metrics/busy.ts'
import { type ReadFamily, readMetrics } from '../metrics/prometheustext.ts'

const ROOT = join(import.meta.dirname, '../..')
const example = (path: string): string => readFileSync(join(ROOT, 'examples', path), 'utf8')

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'coredge-examples-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

describe('systemd', () => {
  const unit = example('systemd/coredge.service')
  const line = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)![1]

  itWith('systemd-analyze')('finds no mistake in the unit', async () => {
    const file = join(folder(), 'coredge.service')
    // The programs are where they are here.
    writeFileSync(file, unit.replaceAll('/usr/bin/node', process.execPath).replaceAll('/opt/coredge', ROOT))
    const said = await run('systemd-analyze', ['verify', '--man=no', file])
    expect(said.split('\n').filter((text) => text.includes('coredge.service'))).toEqual([])
  })

  it('starts, reloads and ends it as the unit says', { timeout: 60_000 }, async () => {
    const [, ...words] = line('ExecStart').split(' ')
    expect(words.map((word) => word.replace('/opt/coredge', ROOT)).map(existsSync)[0]).toBe(true)
    const work = folder()
    const port = await freePort()
    const corefile = join(work, 'Corefile')
    writeFileSync(corefile, `.:${port} {\n    bind 127.0.0.1\n    whoami\n}\n`)
    const args = words.slice(1).map((word) => word.replace('/etc/coredge/Corefile', corefile))
    const server = await startCoredge(args, port, { cwd: work, env: { COREDGE_CACHE: join(work, 'cache') } })
    expect(line('ExecReload')).toBe('/bin/kill -USR1 $MAINPID')
    server.child.kill('SIGUSR1')
    await vi.waitFor(() => expect(server.output()).toMatch(/reload: /), 20_000)
    expect(await server.stop()).toBe(0)
  })
})

describe('docker', () => {
  const dockerfile = example('docker/Dockerfile')
  const words = (name: string): string[][] =>
    [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest]) => rest.split(/\s+/))

  it('what the image has is enough to serve its Corefile', { timeout: 60_000 }, async () => {
    const image = folder()
    for (const [first, ...rest] of words('COPY')) {
      if (first.startsWith('--from')) continue
      const target = rest.at(-1)!
      for (const source of [first, ...rest.slice(0, -1)]) {
        const isFolder = target.endsWith('/')
        const to = join(image, target.startsWith('/') ? target : `opt/coredge/${target}`, isFolder ? source : '')
        mkdirSync(dirname(to), { recursive: true })
        cpSync(join(ROOT, source), to, { recursive: true })
      }
    }
    // As `npm ci --omit=dev` has it.
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    for (const name of Object.keys(dependencies)) {
      const link = join(image, 'opt/coredge/node_modules', name)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(join(ROOT, 'node_modules', name), link)
    }
    const [port, health, metrics] = [await freePort(), await freePort(), await freePort()]
    const corefile = join(image, 'etc/coredge/Corefile')
    const text = readFileSync(corefile, 'utf8')
    expect(text).toContain('bind 0.0.0.0 ::')
    const local = text.replace('bind 0.0.0.0 ::', 'bind 127.0.0.1').replace('8080', `${health}`)
    writeFileSync(corefile, local.replace(':9153', `127.0.0.1:${metrics}`))
    const [, program] = JSON.parse(words('ENTRYPOINT')[0].join(' '))
    const flags = (JSON.parse(words('CMD').at(-1)!.join(' ')) as string[]).map((word) =>
      word.replace(/^\/etc/, join(image, 'etc')),
    )
    const entry = join(image, program)
    const server = await startCoredge([...flags, '-dns.port', `${port}`], port, { cwd: image, entry })
    expect((await fetch(`http://127.0.0.1:${health}/health`)).status).toBe(200)
    expect(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()).toContain('coredns_build_info{')
    expect(await server.stop()).toBe(0)
  })
})

describe('grafana', () => {
  interface Panel {
    readonly id: number
    readonly title: string
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
    readonly datasource?: { readonly uid: string }
    readonly targets?: readonly { readonly expr: string }[]
  }
  const dashboard: { panels: Panel[]; templating: { list: { name: string; query: string }[] } } = JSON.parse(
    example('grafana/dashboard.json'),
  )

  /** Names of metrics in an expression, each with the labels that are asked of it. */
  const metricsIn = (expr: string): { name: string; labels: string[] }[] => {
    const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) =>
      labels.split(',').map((text) => text.trim()),
    )
    return [...expr.matchAll(/\b((?:coredns|process)_\w+)(?:\{([^}]*)\})?/g)].map(([, name, selector = '']) => ({
      name,
      labels: [...by, ...[...selector.matchAll(/(\w+)(?:=~|!~|!=|=)/g)].map(([, label]) => label)],
    }))
  }

  it('asks for metrics and labels that coredge shows, and nothing else', async () => {
    const registry = new Registry()
    measureProcess(registry)
    const families = new Map([...(await busyMetrics()), ...readMetrics(expositionText(registry.gather()))])
    const familyOf = (name: string): ReadFamily | undefined =>
      families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
    const asked = dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr)))
    expect(asked.length).toBeGreaterThan(30)
    for (const { name, labels } of asked) {
      const family = familyOf(name)
      expect(family, name).toBeDefined()
      const known = new Set(family!.samples.flatMap((sample) => [...sample.labels.keys()]))
      // Prometheus adds these two.
      for (const label of labels)
        if (label !== 'job' && label !== 'instance') expect(known.has(label), `${name}{${label}}`).toBe(true)
      if (name.endsWith('_bucket')) expect(labels).toContain('le')
    }
  })

  it('has panels that stand beside each other, with balanced expressions and the data source that is chosen', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const taken = new Set<string>()
    for (const { title, gridPos, datasource, targets } of dashboard.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), title).toBe(false)
          taken.add(`${x},${y}`)
        }
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      if (targets) expect(datasource?.uid).toMatch(/^\$\{datasource\}$/)
      for (const { expr } of targets ?? [])
        for (const [open, close] of ['()', '{}', '[]'])
          expect(expr.split(open).length, expr).toBe(expr.split(close).length)
    }
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'instance'])
  })
})
