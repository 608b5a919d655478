import type { Hono } from 'hono'
import { type Corefile, parseCorefile, type ServerBlock } from '../corefile/parse.ts'
import { configure, type Instance } from '../instance.ts'
import type { PluginModule } from '../plugin.ts'
import type { Peer } from '../query.ts'
import { MemoryFiles } from '../runtime/memory.ts'
import type { Files, Log } from '../runtime/runtime.ts'
import type { Server } from '../server.ts'
import { dohApp } from '../transport/doh.ts'
import { type Answer, type AskOptions, answerOf, queryOf } from './answer.ts'
import { writeCorefile } from './corefile.ts'
import type { ServerOptions } from './options.ts'
import type { OpenSockets, Platform } from './platform.ts'

/** Who asks where nothing is said. */
const LOOPBACK = { address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 0 }

/** A Corefile at work: see `createServer`. */
export class DnsServer {
  /** Notes for the user that stopped nothing, with their places. */
  readonly warnings: readonly string[]
  readonly #opened: Opened
  readonly #platform: Platform
  #sockets: OpenSockets | undefined
  #app: Hono | undefined

  /** Use `createServer`. */
  constructor(opened: Opened, platform: Platform) {
    this.#opened = opened
    this.#platform = platform
    this.warnings = opened.warnings
  }

  /**
   * Answers a DNS message, in wire format and without a length in front, as if over HTTPS: within 64 kB. It must not change
   * from now on. Undefined: nothing is to be sent. Of a Corefile with `https://` blocks those answer, else the plain ones.
   */
  async answer(message: Uint8Array, peer: Partial<Peer> = {}): Promise<Uint8Array | undefined> {
    return this.#opened.server.answer(message, { transport: 'https', ...LOOPBACK, ...peer })
  }

  /** Asks `www.example.org A`, or `version.bind TXT CH`, and gives the reply in words. Throws Error where there is none. */
  async ask(question: string, options: AskOptions = {}): Promise<Answer> {
    const wire = await this.answer(queryOf(question, options), options.peer)
    if (!wire) throw new Error(`no reply to ${question}`)
    return answerOf(wire)
  }

  /**
   * DNS over HTTPS (RFC 8484 and JSON) as a Hono app: `/dns-query` and `/resolve`, to be mounted in an app of your own:
   * `app.route('/dns', server.app)` serves `/dns/dns-query`.
   */
  get app(): Hono {
    this.#app ??= dohApp(this.#opened.server)
    return this.#app
  }

  /** The same as a fetch handler. */
  readonly fetch = (request: Request): Response | Promise<Response> => this.app.fetch(request)

  /**
   * Node only: opens the sockets that the Corefile asks for, which then answer. Gives their addresses, such as
   * `dns://127.0.0.1:1053`. Rejects, leaving nothing open, where one cannot be had.
   */
  async listen(): Promise<readonly string[]> {
    const { listen } = this.#platform
    if (!listen) throw new Error('there are no sockets to listen on here: use app or fetch')
    if (this.#sockets) throw new Error('the server is listening already')
    this.#sockets = await listen(this.#opened.instance.listeners, (line) => this.#opened.log.warn(line))
    return this.#sockets.urls
  }

  /** False while a plugin is not fit to answer. */
  ready(): boolean {
    return this.#opened.instance.ready()
  }

  /** Answers what is under way, then closes all sockets and stops all plugins. */
  async close(): Promise<void> {
    await this.#sockets?.close()
    await this.#opened.instance.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Makes a server on a platform: see `createServer`. */
export async function createServerOn(platform: Platform, options: ServerOptions): Promise<DnsServer> {
  return new DnsServer(await openOn(platform, options), platform)
}

/** A configuration at work. */
export interface Opened {
  readonly instance: Instance
  readonly server: Server
  readonly warnings: readonly string[]
  readonly log: Log
}

/** Puts a configuration to work. Throws ConfigErrors with everything that is wrong with it. */
export async function openOn(platform: Platform, options: ServerOptions): Promise<Opened> {
  const { corefile, modules, files } = await readOptions(platform, options)
  const runtime = platform.runtime(
    options.log ?? platform.log,
    (own) => files ?? (options.files || !own ? new MemoryFiles(options.files, own) : own),
  )
  const instance = configure({ corefile, modules, runtime, defaultPort: options.port })
  await instance.load()
  await instance.start()
  const warnings = [...corefile.warnings, ...instance.warnings]
  if (instance.reload) warnings.push('reload: has no effect in a program, which can make another server itself')
  return { instance, server: instance.edge(), warnings, log: runtime.log }
}

/** What `readOptions` finds. */
interface Configuration {
  readonly corefile: Corefile
  readonly modules: readonly PluginModule[] | ((block: ServerBlock) => readonly PluginModule[])
  /** In place of all others. */
  readonly files?: Files
}

async function readOptions(platform: Platform, options: ServerOptions): Promise<Configuration> {
  if ('blocks' in options) {
    const { corefile, modulesOf } = writeCorefile(options.blocks)
    return { corefile, modules: modulesOf }
  }
  // A program in JavaScript finds out only here.
  if (!options.plugins) throw new TypeError('plugins: which may the Corefile use? All of them: allPlugins')
  if ('assets' in options) {
    if (!platform.fromAssets) throw new Error('assets are for Workers: give a corefile here')
    return { ...(await platform.fromAssets(options)), modules: options.plugins }
  }
  const { corefile, name = 'Corefile', env = {}, plugins } = options
  return { corefile: parseCorefile(corefile, { file: name, env, imports: platform.imports }), modules: plugins }
}
