/** An expression that cannot be compiled. `offset` is where in its text, in characters. */
export class ExpressionError extends Error {
  override name = 'ExpressionError'
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}
