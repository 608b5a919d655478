import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Lets the examples of a clone import `coredge`, as they do where it is installed: makes a package in node_modules that gives
 * on what is in src. `npm install` runs it.
 */
const HOME = new URL('../node_modules/coredge/', import.meta.url)
const root = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** `./lib/index.node.js` of the package is src/index.node.ts here. */
const files = JSON.stringify(root.exports).matchAll(/\.\/lib\/([\w.]+?)(\.d\.ts|\.js)"/g)
const sources = [...files].map(([, name, extension]) => ({
  file: `${name}${extension}`,
  source: `../../src/${name}.ts`,
}))

mkdirSync(fileURLToPath(HOME), { recursive: true })
for (const { file, source } of sources) writeFileSync(new URL(file, HOME), `export * from '${source}'\n`)
const exports = JSON.parse(JSON.stringify(root.exports).replaceAll('./lib/', './'))
const { name, version, type } = root
writeFileSync(new URL('package.json', HOME), JSON.stringify({ name, version, type, private: true, exports }))
