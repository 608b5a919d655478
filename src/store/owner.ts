import { FOLD, type Name, nameText, parseName } from '../dns/name.ts'
import { isPage, pageText, parsePage } from './pages.ts'
import type { Owner } from './store.ts'

/** The owner of a name within a zone: its labels before the apex, folded. */
export function ownerOf(name: Name, apex: Name, at = 0): Owner {
  const owner = name.slice(at, name.length - apex.length)
  for (let i = 0; i < owner.length; i++) owner[i] = FOLD[owner[i]]
  return owner
}

/** The name of an owner. */
export function nameOf(owner: Owner, apex: Name): Name {
  const name = new Uint8Array(owner.length + apex.length)
  name.set(owner)
  name.set(apex, owner.length)
  return name
}

/** The owner above; the apex's is the apex. Shares memory. */
export function above(owner: Owner): Owner {
  return owner.length === 0 ? owner : owner.subarray(owner[0] + 1)
}

/** As text relative to the zone: `_ssh._tcp.host1`, `@` for the apex. */
export function ownerText(owner: Owner): string {
  if (isPage(owner)) return pageText(owner)
  return owner.length === 0 ? '@' : nameText(nameOf(owner, ROOT_END)).slice(0, -1)
}

/** Reads `ownerText` back; capitals are folded. Throws WireError. */
export function parseOwner(text: string): Owner {
  if (text === '@' || text === '') return new Uint8Array(0)
  return parsePage(text) ?? ownerOf(parseName(text), ROOT_END)
}

const ROOT_END: Name = Uint8Array.of(0)
const DOT = 46

/**
 * As a path from the apex down, `host1._tcp._ssh`: what is below a name starts with its path and a dot. A dot within a label is
 * written `\046`, so that there are no others; neither is there a `#`. Empty for the apex.
 */
export function ownerPath(owner: Owner): string {
  if (isPage(owner)) return pageText(owner)
  let path = ''
  for (let at = 0; at < owner.length; at += owner[at] + 1) {
    const label = labelText(owner, at)
    path = path === '' ? label : `${label}.${path}`
  }
  return path
}

function labelText(owner: Owner, at: number): string {
  let text = ''
  for (let i = at + 1; i <= at + owner[at]; i++) text += OCTET_TEXT[owner[i]]
  return text
}

const OCTET_TEXT: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet)
  const isPlain = octet > 0x20 && octet < 0x7f && octet !== DOT && !'\\@#'.includes(char)
  return isPlain ? char : `\\${String(octet).padStart(3, '0')}`
})

/** Reads `ownerPath` back. */
export function parsePath(path: string): Owner {
  return parsePage(path) ?? parseOwner(path.split('.').reverse().join('.'))
}
