/** Does a client fetch what it is sent? Looked at now and then. Times are those of performance.now(). */
export class Fetching {
  /** Octets written so far. */
  written = 0
  /** Since when it has fetched nothing, as far as the last look has found that; else 0. */
  stuckSince = 0
  /** Octets that it had fetched when this last changed, and when that was. */
  #fetched = 0
  #progressAt = 0

  /** For how long has it fetched nothing of what there is? `unsent`: octets written that the system has not taken yet. */
  look(now: number, unsent: number): number {
    const fetched = this.written - unsent
    if (unsent === 0 || fetched !== this.#fetched || this.#progressAt === 0) {
      this.#fetched = fetched
      this.#progressAt = now
      this.stuckSince = 0
      return 0
    }
    this.stuckSince = this.#progressAt
    return now - this.#progressAt
  }
}
