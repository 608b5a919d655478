import { MAX_NAME, type Name } from '../dns/name.ts'
import { nameProblem, readName } from './owner.ts'
import type { Scanner } from './scanner.ts'

/** The next word of a directive; `label` tells what is missing where there is none. */
export function argument(scanner: Scanner, label: string): string {
  if (!scanner.next()) throw scanner.fault(`${label} is missing`)
  return scanner.text()
}

/** The scanner's word as a name. */
export function nameOf(scanner: Scanner, directive: string, origin: Name): Name {
  const { bytes, start, stop } = scanner
  const name = new Uint8Array(MAX_NAME * 2)
  const length = readName(bytes, start, stop, origin, name, 0)
  if (length === 0) throw scanner.fault(`${directive}: ${nameProblem(scanner.text(), origin)}`)
  return name.slice(0, length)
}
