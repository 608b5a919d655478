import { TapEncoder, type TapMessage } from '../../dnstap/message.ts'
import { LineBuffer } from '../../linebuffer.ts'
import type { Entry, Piece } from '../../lineformat.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import type { Outlet } from './outlet.ts'

export interface TapOptions {
  readonly identity: string
  readonly version: string
  /** Messages carry the DNS messages. */
  readonly full: boolean
  /** What stands in the field `extra`; none where it is empty. */
  readonly extra: () => readonly Piece[]
  readonly outlet: Outlet
}

const encoder = new TextEncoder()

/** One `dnstap` of a block: writes messages into its outlet. */
export class DnsTap {
  readonly full: boolean
  readonly outlet: Outlet
  readonly #encoder: TapEncoder
  readonly #extra: () => readonly Piece[]
  readonly #line = new LineBuffer()
  #pieces: readonly Piece[] = []

  constructor({ identity, version, full, extra, outlet }: TapOptions) {
    this.full = full
    this.outlet = outlet
    this.#extra = extra
    this.#encoder = new TapEncoder(encoder.encode(identity), encoder.encode(version))
  }

  /** Labels are known once all plugins of the block have been set up. */
  load(): void {
    this.#pieces = this.#extra()
  }

  /** Writes the message. False where it was dropped. `reply` and what follows: for the field `extra`. */
  write(message: TapMessage, query: Query, reply: Reply | undefined, size: number, duration: number): boolean {
    const { outlet } = this
    if (!outlet.isWanted) return true
    const extra = this.#pieces.length > 0 ? this.#extraOf({ query, reply, size, duration }) : undefined
    const at = outlet.place(this.#encoder.measure(message, extra))
    if (at < 0) return false
    this.#encoder.write(message, outlet.chunk, at)
    outlet.placed()
    return true
  }

  #extraOf(entry: Entry): Uint8Array {
    for (const piece of this.#pieces) piece(entry, this.#line)
    return this.#line.takeOctets()
  }
}
