import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { freePort } from './servers.ts'

const DATE = '2026-07-30'
const PROGRAM = `${import.meta.dirname}/../node_modules/workerd/bin/workerd`

/** A Worker that sends back what it gets: what all Workers pay. */
export const ECHO = `export default { async fetch(request) {
  const body = await request.arrayBuffer()
  return new Response(body, { headers: { 'content-type': 'application/dns-message', 'content-length': String(body.byteLength) } })
} }`

/** workerd without miniflare around it. */
export interface Workerd {
  readonly child: ChildProcess
  readonly port: number
}

/** Starts a Worker in a new folder within `folder`; assets are files of a folder. It may not listen yet. */
export async function startWorkerd(folder: string, module: string, assets: string | undefined): Promise<Workerd> {
  const port = await freePort()
  const place = mkdtempSync(join(folder, 'workerd-'))
  const service = assets ? `( name = "assets", disk = ( path = "${assets}" ) ),` : ''
  const binding = assets ? `bindings = [ ( name = "ASSETS", service = "assets" ) ],` : ''
  writeFileSync(
    join(place, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${service} ( name = "main", worker = .main ) ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "main" ) ]
);
const main :Workerd.Worker = (
  modules = [ ( name = "worker", esModule = embed "${relative(place, module)}" ) ],
  ${binding}
  compatibilityDate = "${DATE}"
);\n`,
  )
  const child = spawn(PROGRAM, ['serve', join(place, 'config.capnp')], { stdio: ['ignore', 'ignore', 'inherit'] })
  return { child, port }
}
