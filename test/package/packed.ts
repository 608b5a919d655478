import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Miniflare } from 'miniflare'

/** The package as npm packs it, and folders of users who have installed it. */

const root = join(import.meta.dirname, '../..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const NODE_MODULES = join(root, 'node_modules')

let tarball: string | undefined

/** Packs a copy of the project, so that the project itself stays as it is. */
export function packOnce(): string {
  if (tarball) return tarball
  const folder = mkdtempSync(join(tmpdir(), 'coredge-pack-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const copied = [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'README.md',
    'LICENSE',
    'src',
    'examples/link.ts',
  ]
  for (const file of [
    ...copied,
    ...manifest.files.filter((file: string) => file !== 'lib' && !file.includes('*')),
    'docs',
  ])
    cpSync(join(root, file), join(folder, file), { recursive: true, filter: (path) => !path.includes('node_modules') })
  mkdirSync(join(folder, 'node_modules'))
  for (const name of [
    '.bin',
    '@types',
    '@typescript',
    'typescript',
    'wrangler',
    'miniflare',
    'esbuild',
    ...Object.keys(manifest.dependencies),
  ])
    link(name, folder)
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts=false'], {
    cwd: folder,
    encoding: 'utf8',
    env: quiet,
  })
  tarball = join(folder, JSON.parse(packed.slice(packed.indexOf('[')))[0].filename)
  return tarball
}

const quiet = { ...process.env, npm_config_update_notifier: 'false', npm_config_loglevel: 'error' }

/** Puts a package of the project into a folder's node_modules. */
function link(name: string, folder: string): void {
  const path = join(folder, 'node_modules', name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(join(NODE_MODULES, name), path)
}

/** An empty folder with the package installed, and its dependencies; `also`: packages that the user has installed too. */
export function installed(also: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-user-'))
  const home = join(folder, 'node_modules/coredge')
  mkdirSync(home, { recursive: true })
  execFileSync('tar', ['-xzf', packOnce(), '-C', home, '--strip-components=1'])
  for (const name of [...Object.keys(manifest.dependencies), ...also]) link(name, folder)
  mkdirSync(join(folder, 'node_modules/.bin'))
  // As npm does with what a package has in `bin`.
  chmodSync(join(home, 'lib/node.js'), 0o755)
  symlinkSync('../coredge/lib/node.js', join(folder, 'node_modules/.bin/coredge'))
  if (also.includes('wrangler')) symlinkSync('../wrangler/bin/wrangler.js', join(folder, 'node_modules/.bin/wrangler'))
  return folder
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a program in a folder to its end. */
export function runIn(folder: string, command: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...quiet, COREDGE_CACHE: '', NO_COLOR: '1' }
    execFile(command, args, { cwd: folder, env, timeout: 50_000 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    )
  })
}

/** Starts a server in a folder; settles with its first line, and how to end it. */
export function startIn(
  folder: string,
  command: string,
  ...args: string[]
): Promise<{ line: string; stop(): Promise<number> }> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...quiet, COREDGE_CACHE: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
  let out = ''
  let err = ''
  child.stderr.on('data', (chunk) => (err += chunk))
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (out.includes('\n'))
        resolve({
          line: out.slice(0, out.indexOf('\n')),
          stop: () => {
            child.kill('SIGTERM')
            return ended
          },
        })
    })
    void ended.then((code) => reject(new Error(`ended with ${code}: ${err}`)))
  })
}

/** A Worker that runs here. */
export interface LocalWorker {
  readonly url: URL
  stop(): Promise<void>
}

/** Runs a Worker's file, with a folder of assets where it has some. */
export async function workerd(file: string, assets?: string): Promise<LocalWorker> {
  const miniflare = new Miniflare({
    modulesRoot: dirname(file),
    modules: [{ type: 'ESModule', path: file }],
    compatibilityDate: '2026-07-30',
    serviceBindings: assets === undefined ? {} : { ASSETS: { disk: { path: assets } } },
    cf: false,
    telemetry: { enabled: false },
  })
  return { url: await miniflare.ready, stop: () => miniflare.dispose() }
}
