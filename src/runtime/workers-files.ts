import type { Name } from '../dns/name.ts'
import { openImage, type ZoneImage } from '../zone/image.ts'
import { MANIFEST, type Manifest, walkKey, zoneKey } from './manifest.ts'
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

/** The files of a deployed Worker: those that the build read. They never change. */
export class AssetFiles implements Files {
  readonly #assets: Assets
  readonly #manifest: Manifest

  constructor(assets: Assets, manifest: Manifest) {
    this.#assets = assets
    this.#manifest = manifest
  }

  async read(path: string): Promise<Uint8Array> {
    if (!Object.hasOwn(this.#manifest.files, path))
      throw new Error(`cannot read ${path}: it was not there at build time`)
    return this.#join(this.#manifest.files[path])
  }

  async zone(path: string, origin: Name): Promise<ZoneImage> {
    const key = zoneKey(path, origin)
    if (!Object.hasOwn(this.#manifest.zones, key))
      throw new Error(`cannot read ${path}: it was not there at build time`)
    return openImage(await this.#join(this.#manifest.zones[key]))
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

  async #join(parts: readonly string[]): Promise<Uint8Array> {
    const contents = await Promise.all(parts.map((part) => readAsset(this.#assets, part)))
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
