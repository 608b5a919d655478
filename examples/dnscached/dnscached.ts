#!/usr/bin/env node
import { rmSync, writeFileSync } from 'node:fs'
import { bindPlugin, cachePlugin, createServer, errorsPlugin, forwardPlugin, logPlugin, VERSION } from 'coredge'
import { corefileOf } from './corefile.ts'
import { readSettings, type Settings, USAGE } from './settings.ts'

/** A caching DNS server: its command line becomes a Corefile, and coredge serves that. */

try {
  const settings = readSettings(process.argv.slice(2))
  if (settings.help) console.log(USAGE)
  else if (settings.version) console.log(`dnscached with coredge-${VERSION}`)
  else if (settings.dryRun) process.stdout.write(corefileOf(settings))
  else await serve(settings)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function serve(settings: Settings): Promise<void> {
  const server = await createServer({
    corefile: corefileOf(settings),
    name: 'dnscached',
    // In the order in which they see a query.
    plugins: [bindPlugin, errorsPlugin, logPlugin, cachePlugin, forwardPlugin],
  })
  for (const warning of server.warnings) console.error(`warning: ${warning}`)
  const { pidfile } = settings
  try {
    for (const url of await server.listen()) console.log(url)
    if (pidfile !== undefined) writeFileSync(pidfile, `${process.pid}\n`)
  } catch (error) {
    // Else its sockets would keep the program alive.
    await server.close()
    throw error
  }
  const end = async (): Promise<void> => {
    // Answers what is under way.
    await server.close()
    if (pidfile !== undefined) rmSync(pidfile, { force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
}
