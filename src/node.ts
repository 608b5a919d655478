#!/usr/bin/env node
import { keepCode } from './runtime/node-codecache.ts'

// Before any other module is loaded.
keepCode()
const { main } = await import('./cli/main.ts')

process.exit(await main(process.argv.slice(2)))
