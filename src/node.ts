#!/usr/bin/env node

// Older ones would fail with a riddle.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`coredge needs Node 22.15 or newer, and this is ${process.version}`)
  process.exit(1)
}

// The server, not one of the commands that end by themselves.
if (/^$|^-|^serve$/.test(process.argv[2] ?? '')) (await import('./runtime/node-engine.ts')).tuneEngine()
const { keepCode } = await import('./runtime/node-codecache.ts')
// Before any other module is loaded.
keepCode()
const { main } = await import('./cli/main.ts')

process.exit(await main(process.argv.slice(2)))
