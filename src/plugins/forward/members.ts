import { RootFolder } from '../../capabilities.ts'
import type { Use } from '../../corefile/spec.ts'
import type { Block } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import type { TlsClientOptions } from '../../runtime/runtime.ts'
import { isAddress, parseUpstream, type UpstreamAddress, upstreamText } from '../../upstream/address.ts'
import { lookupHost } from '../../upstream/lookup.ts'
import { nameservers } from '../../upstream/resolvconf.ts'
import { Upstream } from '../../upstream/upstream.ts'
import { AnswerTimes } from './figures.ts'
import type { Begin } from './forward.ts'
import { Checks } from './health.ts'
import { warnIfOpen } from './open.ts'
import { PassiveHealth } from './passivehealth.ts'
import type { Member } from './rules.ts'
import type { ForwardSettings, Target } from './settings.ts'
import { checkForWorkers } from './workers.ts'

const decoder = new TextDecoder()

/** Finds out which upstreams the words of TO mean: files are read, then host names are looked up. */
export class Members implements Begin {
  readonly #settings: ForwardSettings
  readonly #use: Use
  readonly #block: Block
  #addresses: readonly UpstreamAddress[] = []
  #tls: TlsClientOptions = {}

  constructor(settings: ForwardSettings, use: Use, block: Block) {
    this.#settings = settings
    this.#use = use
    this.#block = block
  }

  async load(): Promise<void> {
    warnIfOpen(this.#use, this.#block)
    this.#tls = await this.#readTls()
    const found = await Promise.all(this.#settings.to.map((target) => this.#expand(target)))
    this.#addresses = found.flat()
    if (this.#addresses.length === 0) throw this.#use.error('no upstreams: the files named have no nameserver in them')
  }

  async members(): Promise<readonly Member[]> {
    const found = await Promise.all(this.#addresses.map((address) => this.#resolve(address)))
    const byName = new Map(found.flat().map((address) => [upstreamText(address), address]))
    return [...byName.values()].map((address) => this.#member(address))
  }

  #member(address: UpstreamAddress): Member {
    const { expire, maxAge, maxIdle, source, dohMethod, health, maxFails, forceTcp } = this.#settings
    const { runtime, metrics } = this.#block
    const upstream = new Upstream(address, runtime, { tls: this.#tls, source, expire, maxAge, maxIdle, dohMethod })
    const watched = runtime.perRequestIo
      ? new PassiveHealth(health.interval, maxFails)
      : new Checks(upstream, health, maxFails, forceTcp)
    return { upstream, health: watched, times: new AnswerTimes(metrics, upstream.name) }
  }

  /** `tls`, `tls CA`, `tls CERT KEY`, `tls CERT KEY CA` */
  async #readTls(): Promise<TlsClientOptions> {
    const { files } = this.#block.runtime
    const folder = this.#block.find(RootFolder)
    const texts = await Promise.all(
      this.#settings.tls.map(async (path) => {
        const octets = await files.read(folder === undefined ? path : files.join(folder, path)).catch((reason) => {
          throw this.#use.error(`tls: ${reasonOf(reason)}`)
        })
        return decoder.decode(octets)
      }),
    )
    const ca = texts.length % 2 === 1 ? texts.at(-1) : undefined
    const [cert, key] = texts.length >= 2 ? texts : []
    return { serverName: this.#settings.tlsServerName, ca, cert, key }
  }

  async #expand(target: Target): Promise<UpstreamAddress[]> {
    const address = parseUpstream(target.text)
    if (typeof address !== 'string' && isAddress(address.host)) return [address]
    if (target.text.includes('://')) return [this.#hostName(target)]
    const text = await this.#block.runtime.files.read(target.text).catch((reason: unknown) => {
      if (target.text.includes('/')) throw this.#use.error(reasonOf(reason), target.at)
    })
    if (!text) return [this.#hostName(target)]
    return nameservers(decoder.decode(text)).map((host) => {
      const address = { transport: 'dns', host, port: 53, path: '' } as const
      checkForWorkers(address, target.at, this.#block)
      if (isAddress(host)) return address
      throw this.#use.error(`nameserver in ${target.text} must be an address, got "${host}"`, target.at)
    })
  }

  #hostName({ text, at }: Target): UpstreamAddress {
    const address = parseUpstream(text)
    const host = typeof address === 'string' ? '' : address.host
    if (typeof address !== 'string' && isHostName(host)) return address
    throw this.#use.error(`upstream must be an address, a file or a host name, got "${text}"`, at)
  }

  /** As long as it is there, the certificate must be for the name that the user wrote. */
  async #resolve(address: UpstreamAddress): Promise<UpstreamAddress[]> {
    const { host } = address
    if (isAddress(host)) return [address]
    const { resolvers } = this.#settings
    const { runtime } = this.#block
    if (resolvers.length === 0 && !runtime.lookup) return [address]
    const found = await (resolvers.length > 0 ? lookupHost(host, resolvers, runtime) : runtime.lookup!(host)).catch(
      (error: unknown) => {
        throw this.#use.error(`cannot look up ${host}: ${reasonOf(error)}`)
      },
    )
    const serverName = address.serverName ?? this.#settings.tlsServerName ?? host
    return found.map((host) => ({ ...address, host, serverName }))
  }
}

/** RFC 1123 §2.1; what ends in a number is a mistyped address (WHATWG URL, "ends in a number"). */
function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.')
  return (
    labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label)) && !/^\d+$/.test(labels.at(-1)!)
  )
}
