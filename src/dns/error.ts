/** Octets that are no DNS message, name or record, or text that cannot become one. A server answers FORMERR. */
export class WireError extends Error {
  readonly code = 'WIRE'
  override name = 'WireError'
}
