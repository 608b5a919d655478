import type { Name } from '../dns/name.ts'
import { openImage } from '../zone/image.ts'
import { PartialImage, type PieceStore } from '../zone/partial.ts'
import { PieceCache } from '../zone/piececache.ts'
import type { LoadedZone } from '../zone/view.ts'
import { type CutAssets, MANIFEST, type Manifest, walkKey, zoneKey } from './manifest.ts'
import { joinPath } from './path.ts'
import type { Files } from './runtime.ts'

/** The binding for static assets, as far as it is used here. */
export interface Assets {
  fetch(url: string): Promise<Response>
}

/** What the build took along. Throws Error where there is no build. */
export async function readManifest(assets: Assets): Promise<Manifest> {
  return JSON.parse(new TextDecoder().decode(await readAsset(assets, MANIFEST)))
}

/** What the pieces of large zones may take, of the 128 MiB that a Worker has. Octets. */
const PIECES = 32 * 1024 * 1024

/** The files of a deployed Worker: those that the build read. They never change. */
export class AssetFiles implements Files {
  readonly #assets: Assets
  readonly #manifest: Manifest
  readonly #keepAlive: (promise: Promise<unknown>) => void
  readonly #cache = new PieceCache(PIECES)
  /** Assets with several zones. */
  readonly #packs = new Map<string, Promise<Uint8Array>>()

  /** `keepAlive`: lets a promise settle although the request that made it is gone. */
  constructor(assets: Assets, manifest: Manifest, keepAlive: (promise: Promise<unknown>) => void = () => {}) {
    this.#assets = assets
    this.#manifest = manifest
    this.#keepAlive = keepAlive
  }

  async read(path: string): Promise<Uint8Array> {
    if (!Object.hasOwn(this.#manifest.files, path))
      throw new Error(`cannot read ${path}: it was not there at build time`)
    return this.#join(this.#manifest.files[path])
  }

  async zone(path: string, origin: Name): Promise<LoadedZone> {
    const key = zoneKey(path, origin)
    if (!Object.hasOwn(this.#manifest.zones, key))
      throw new Error(`cannot read ${path}: it was not there at build time`)
    const { asset, at, size, cut } = this.#manifest.zones[key]
    const pack = await this.#pack(asset)
    const image = openImage(pack.subarray(at, at + size))
    return cut ? new PartialImage(image, cut.plan, this.#storeOf(cut)) : image
  }

  #pack(asset: string): Promise<Uint8Array> {
    const there = this.#packs.get(asset)
    if (there) return there
    const pack = this.#asset(asset)
    this.#packs.set(asset, pack)
    return pack
  }

  #storeOf({ pieces }: CutAssets): PieceStore {
    return {
      cache: this.#cache,
      fetch: (piece) => {
        const fetching = this.#asset(pieces[piece])
        // Others wait for it too.
        this.#keepAlive(fetching.catch(() => {}))
        return fetching
      },
    }
  }

  watch(): () => void {
    return () => {}
  }

  async list(folder: string): Promise<string[]> {
    return this.#folder(folder, folder)
  }

  async walk(folder: string): Promise<string[]> {
    return this.#folder(folder, walkKey(folder))
  }

  #folder(folder: string, key: string): string[] {
    if (!Object.hasOwn(this.#manifest.folders, key))
      throw new Error(`cannot read folder ${folder}: it was not there at build time`)
    return [...this.#manifest.folders[key]]
  }

  join(folder: string, path: string): string {
    return joinPath(folder, path)
  }

  async #asset(name: string): Promise<Uint8Array> {
    const { small } = this.#manifest
    if (!Object.hasOwn(small, name)) return readAsset(this.#assets, name)
    return Uint8Array.from(atob(small[name]), (octet) => octet.charCodeAt(0))
  }

  async #join(parts: readonly string[]): Promise<Uint8Array> {
    const contents = await Promise.all(parts.map((part) => this.#asset(part)))
    if (contents.length === 1) return contents[0]
    const whole = new Uint8Array(contents.reduce((size, { length }) => size + length, 0))
    let at = 0
    for (const content of contents) {
      whole.set(content, at)
      at += content.length
    }
    return whole
  }
}

async function readAsset(assets: Assets, name: string): Promise<Uint8Array> {
  // The host means nothing to the binding.
  const response = await assets.fetch(`https://assets.invalid/${name}`)
  if (!response.ok) throw new Error(`asset ${name} is missing (status ${response.status}): was \`coredge build\` run?`)
  return new Uint8Array(await response.arrayBuffer())
}
