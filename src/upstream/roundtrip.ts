/** Smoothed round-trip time to an upstream, as RFC 6298 §2 computes it. Milliseconds. */
export class RoundTrip {
  #smoothed = -1
  #variation = 0

  observe(sample: number): void {
    if (this.#smoothed < 0) {
      this.#smoothed = sample
      this.#variation = sample / 2
      return
    }
    this.#variation += (Math.abs(this.#smoothed - sample) - this.#variation) / 4
    this.#smoothed += (sample - this.#smoothed) / 8
  }

  /** After this long an answer is late; undefined before the first answer. */
  get timeout(): number | undefined {
    return this.#smoothed < 0 ? undefined : this.#smoothed + 4 * this.#variation
  }
}
