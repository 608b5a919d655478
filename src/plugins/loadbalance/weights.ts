import { parseAddress, unmapAddress } from '../../address.ts'
import { type Name, parseName } from '../../dns/name.ts'
import { NameTable } from '../../dns/nametable.ts'
import { reasonOf } from '../../reason.ts'
import type { WatchedFile } from '../../watchedfile.ts'

interface Weight {
  readonly address: Uint8Array
  /** 1 to 255. */
  readonly value: number
}

/** How often which address of a name is to come first, from a file of names with addresses and weights. */
export class Weights {
  readonly #file: WatchedFile
  readonly #missing: ((reason: string) => void) | undefined
  #names = new NameTable<Weight[]>()

  /** `missing` is told why a file cannot be read which is tried again later; without it that is an error. */
  constructor(file: WatchedFile, missing: ((reason: string) => void) | undefined) {
    this.#file = file
    this.#missing = missing
  }

  async load(): Promise<void> {
    try {
      await this.#file.load()
    } catch (error) {
      if (!this.#missing || error instanceof WeightError) throw error
      this.#missing(reasonOf(error))
    }
  }

  start(): void {
    this.#file.start()
  }

  stop(): void {
    this.#file.stop()
  }

  /** Takes a file's content. Throws where it is wrong, and changes nothing then. */
  read(content: Uint8Array): void {
    const names = new NameTable<Weight[]>()
    let weights: Weight[] | undefined
    for (const [index, line] of new TextDecoder().decode(content).split('\n').entries()) {
      const words = line.trim().split(/\s+/)
      if (words[0] === '' || words[0].startsWith('#')) continue
      const wrong = (message: string): never => {
        throw new WeightError(`${this.#file.path}:${index + 1}: ${message}`)
      }
      if (words.length > 2) wrong(`must be a name, or an address and its weight, got "${line.trim()}"`)
      if (words.length === 1) {
        if (parseAddress(words[0])) wrong(`weight is missing, got "${words[0]}"`)
        weights = weightsOf(names, parseNameOr(words[0], wrong))
      } else if (weights) weights.push(parseWeight(words[0], words[1], wrong))
      else wrong(`a name must come first, got "${words[0]}"`)
    }
    this.#names = names
  }

  /** The weight of one of a name's addresses; 1 where the file says nothing of it. */
  weightOf(owner: Name, address: Uint8Array): number {
    const weights = this.#names.get(owner)
    if (!weights) return 1
    return weights.find((weight) => sameOctets(weight.address, address))?.value ?? 1
  }
}

/** A mistake in a file of weights. */
class WeightError extends Error {
  override name = 'WeightError'
}

function weightsOf(names: NameTable<Weight[]>, name: Name): Weight[] {
  const there = names.get(name)
  if (there) return there
  const weights: Weight[] = []
  names.set(name, weights)
  return weights
}

function parseNameOr(text: string, wrong: (message: string) => never): Name {
  try {
    return parseName(text)
  } catch (error) {
    return wrong(reasonOf(error))
  }
}

function parseWeight(address: string, weight: string, wrong: (message: string) => never): Weight {
  const octets = parseAddress(address) ?? wrong(`must be an address, got "${address}"`)
  const value = /^\d{1,3}$/.test(weight) ? Number(weight) : 0
  if (value < 1 || value > 255) wrong(`weight must be 1 to 255, got "${weight}"`)
  return { address: unmapAddress(octets), value }
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}
