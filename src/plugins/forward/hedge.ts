/** Second tries that may be in store. */
const MAX_TOKENS = 10
/** What each query adds: one second try for ten queries, so that a slow upstream does not get twice the load. */
const PER_QUERY = 0.1

/** How many second tries are to be had: a share of the queries. */
export class HedgeBudget {
  #tokens = MAX_TOKENS

  query(): void {
    this.#tokens = Math.min(MAX_TOKENS, this.#tokens + PER_QUERY)
  }

  take(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
