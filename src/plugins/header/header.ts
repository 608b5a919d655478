import { FLAG } from '../../dns/constants.ts'
import { after, type Handler, type Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'

export interface HeaderRule {
  readonly flag: 'aa' | 'ra' | 'rd'
  readonly on: boolean
}

const BIT = { aa: FLAG.AA, ra: FLAG.RA, rd: FLAG.RD } as const

/** Brings header flags into the state wanted, on the way down and on the way up. */
export class Header implements Plugin {
  readonly name = 'header'
  readonly #set: number
  readonly #keep: number
  readonly #response: { readonly [flag in HeaderRule['flag']]?: boolean }

  /** Of several rules for a flag the last one counts. */
  constructor({ query, response }: { query: readonly HeaderRule[]; response: readonly HeaderRule[] }) {
    const last = new Map(query.map(({ flag, on }) => [BIT[flag], on]))
    const bits = (state: boolean): number => [...last].reduce((sum, [bit, on]) => (on === state ? sum | bit : sum), 0)
    this.#set = bits(true)
    this.#keep = ~bits(false)
    this.#response = Object.fromEntries(response.map(({ flag, on }) => [flag, on]))
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const flags = (query.flags & this.#keep) | this.#set
    const reply = next(flags === query.flags ? query : query.with({ flags }))
    return after(reply, (reply) => (reply === DROPPED ? reply : reply.with(this.#response)))
  }
}
