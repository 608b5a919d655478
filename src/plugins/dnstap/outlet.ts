/** Where a tap's messages go: to a collector, or to all that are connected. */
export interface Outlet {
  /** False while nobody would read a message: then none needs to be made. */
  readonly isWanted: boolean
  /** Where a message is to be written that `place` found room for. */
  readonly chunk: Uint8Array
  /** Messages that found no room, since the start. */
  readonly dropped: number
  /** Room for a message of so many octets: its place in `chunk`, or -1. */
  place(size: number): number
  /** A message has been written. */
  placed(): void
  start(): void
  /** Lets what waits go out, as far as that does not take long. */
  stop(): Promise<void>
}

/** How often what has gathered goes out, where it is little. Milliseconds. */
export const FLUSH_INTERVAL = 100
