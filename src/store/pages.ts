import type { Owner } from './store.ts'

const ZERO = 48

/**
 * Values of a zone that are no name's: the pages of a signed zone's tree of proofs (see proofs.ts). They stand among the names, at
 * owners that no name has: a label of no octets, and the number of the page in digits, which have no capitals.
 */
export function pageOwner(page: number): Owner {
  let size = 2
  for (let left = page; left >= 10; left = Math.floor(left / 10)) size++
  const owner = new Uint8Array(size)
  for (let at = size - 1, left = page; at > 0; at--, left = Math.floor(left / 10)) owner[at] = ZERO + (left % 10)
  return owner
}

/** The page that all others are found from. */
export const ROOT_PAGE = 0
export const ROOT_OWNER: Owner = pageOwner(ROOT_PAGE)

export function isPage(owner: Owner): boolean {
  return owner.length > 0 && owner[0] === 0
}

export function isRoot(owner: Owner): boolean {
  return owner.length === ROOT_OWNER.length && owner.every((octet, i) => octet === ROOT_OWNER[i])
}

/** `.proofs.7.`: no name in presentation form has an empty label in front, and none that is relative ends in a dot. */
export function pageText(owner: Owner): string {
  return `.proofs.${new TextDecoder().decode(owner.subarray(1))}.`
}

/** Reads `pageText` back; undefined where it is something else. */
export function parsePage(text: string): Owner | undefined {
  const [, page] = /^\.proofs\.(\d{1,10})\.$/.exec(text) ?? []
  return page === undefined ? undefined : pageOwner(Number(page))
}
