/** Something outside went wrong: a port that is taken, a server that does not answer. Printed without a stack. */
export class Failure extends Error {
  override name = 'Failure'
}
