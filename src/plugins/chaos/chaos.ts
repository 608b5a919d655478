import { CLASS, TYPE } from '../../dns/constants.ts'
import { parseName } from '../../dns/name.ts'
import { NameTable } from '../../dns/nametable.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

export interface ChaosTexts {
  readonly version: string
  readonly authors: readonly string[]
  readonly host: string
}

/** Answers TXT queries of class CH for the names that RFC 4892 and BIND have given a meaning. */
export class Chaos implements Plugin {
  readonly name = 'chaos'
  readonly anyClass = true
  readonly #texts = new NameTable<readonly Uint8Array[]>()

  constructor({ version, authors, host }: ChaosTexts) {
    this.#set([version], 'version.bind.', 'version.server.')
    this.#set([host], 'hostname.bind.', 'id.server.')
    this.#set([...new Set(authors)], 'authors.bind.')
  }

  #set(texts: readonly string[], ...names: readonly string[]): void {
    for (const name of names) this.#texts.set(parseName(name), texts.map(characterString))
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    if (query.class !== CLASS.CH || query.type !== TYPE.TXT) return next(query)
    const texts = this.#texts.get(query.name)
    if (!texts) return next(query)
    // Authors come in an order of chance: nobody is first.
    const first = Math.floor(Math.random() * texts.length)
    const turned = [...texts.slice(first), ...texts.slice(0, first)]
    return query.reply({ answer: [RRset.of(query.name, TYPE.TXT, 0, turned, CLASS.CH)] })
  }

  explain(query: Query, passes: boolean): string | undefined {
    if (!passes) return undefined
    return query.class === CLASS.CH ? 'it does not know the name' : 'only class CH is for it'
  }
}

/** RFC 1035 §3.3: a length octet and up to 255 octets; longer texts are cut. */
function characterString(text: string): Uint8Array {
  const utf8 = new TextEncoder().encode(text).subarray(0, 255)
  return Uint8Array.of(utf8.length, ...utf8)
}
