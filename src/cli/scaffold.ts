import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { VERSION } from '../version.ts'
import { Failure } from './failure.ts'
import { attempt, makeFolder } from './files.ts'

/** Folders that users start from: a plugin, and a project. What they are copied from is used by coredge itself. */

const HOME = fileURLToPath(new URL('../..', import.meta.url))
const PLUGIN = join(HOME, 'examples/plugins/example')
const PROJECT = ['Corefile', 'plugin.cfg', 'wrangler.toml', 'zones/db.example.org']

/** Copies the example plugin under another name. Gives the files, relative to the folder. Throws Failure. */
export function newPlugin(name: string, folder: string): string[] {
  if (existsSync(folder)) throw new Failure(`${folder} is there already`)
  makeFolder(folder)
  const isWanted = (path: string): boolean => basename(path) !== 'node_modules'
  attempt(`cannot write to ${folder}`, () => cpSync(PLUGIN, folder, { recursive: true, filter: isWanted }))
  const files = filesBelow(folder)
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8')
    writeFileSync(join(folder, file), renamed(text, name))
    if (renamed(file, name) !== file) renameSync(join(folder, file), join(folder, renamed(file, name)))
  }
  return files.map((file) => renamed(file, name))
}

/** `example`, but not `www.example.org`. */
const renamed = (text: string, name: string): string => text.replaceAll(/example(?!\.org)/g, name)

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()

/** Puts into a folder what it lacks of a project: the tutorial's. Gives the files that were written. */
export function newProject(folder: string): string[] {
  const written: string[] = []
  const put = (file: string, write: (path: string) => void): void => {
    const path = join(folder, file)
    if (existsSync(path)) return
    makeFolder(dirname(path))
    attempt(`cannot write ${path}`, () => write(path))
    written.push(file)
  }
  for (const file of PROJECT) put(file, (path) => copyFileSync(join(HOME, file), path))
  if (written.includes('wrangler.toml')) adapt(join(folder, 'wrangler.toml'), nameOf(folder))
  put('package.json', (path) => writeFileSync(path, `${JSON.stringify(packageOf(nameOf(folder)), null, 2)}\n`))
  put('.gitignore', (path) => writeFileSync(path, 'node_modules/\ndist/\n.coredge/\n.wrangler/\n'))
  return written
}

/** A name that npm and Cloudflare take. */
const nameOf = (folder: string): string =>
  basename(resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'dns'

function adapt(path: string, name: string): void {
  const text = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    text
      .replace('name = "coredge"', `name = "${name}"`)
      .replace('command = "npm run --silent build"', 'command = "npx coredge build"'),
  )
}

const packageOf = (name: string): object => ({
  name,
  private: true,
  type: 'module',
  scripts: { start: 'coredge dev', serve: 'coredge', build: 'coredge build', deploy: 'wrangler deploy' },
  dependencies: { coredge: `^${VERSION}` },
  devDependencies: { wrangler: '^4.116.0' },
})
