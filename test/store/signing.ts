import { createHash } from 'node:crypto'
import { TYPE } from '../../src/dns/constants.ts'
import { compareNames, isWithin, type Name, nameText, parentOf, sameName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { typeName } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import type { ZoneImage } from '../../src/zone/image.ts'
import { base32hex, nsec3Hash } from '../../src/zone/nsec3.ts'
import { NODE } from '../../src/zone/view.ts'
import { zoneOf } from '../zone/zones.ts'

/** How absence is proved; `optout`: unsigned delegations are left out of the chain. */
export const SIGNINGS = ['nsec', 'nsec3', 'optout'] as const
export type Signing = (typeof SIGNINGS)[number]

const SALT = Uint8Array.of(0xab, 0xcd)
const hashText = (name: Name): string =>
  new TextDecoder().decode(base32hex(nsec3Hash(name, { iterations: 1, salt: SALT })))

/** A set's signature: not one that anybody could verify, but another for each set. */
function signature(name: string, type: number, ttl: number, data: string): string {
  const octets = createHash('sha512').update(`${name} ${type} ${data}`).digest('base64')
  return `${name} ${ttl} RRSIG ${typeName(type)} 13 2 ${ttl} 20380101000000 20200101000000 1 example. ${octets}`
}

interface Signed {
  readonly name: Name
  readonly sets: readonly RRset[]
  readonly isCut: boolean
}

/** The names of which a zone has authoritative data, and its cuts (RFC 4035 §2.3); in canonical order. */
function signedNames(image: ZoneImage): Signed[] {
  const out: Signed[] = []
  for (const node of image.nodes()) {
    const flags = image.flags(node)
    if (flags & (NODE.OCCLUDED | NODE.EMPTY)) continue
    const name = image.owner(node)
    out.push({ name, sets: image.sets(node, name), isCut: (flags & NODE.CUT) !== 0 })
  }
  return out.sort((a, b) => compareNames(a.name, b.name))
}

/** A zone with a signature for each set that is to have one, and a chain of NSEC or NSEC3 records: what a signer would make. */
export function signed(text: string, signing: Signing): string {
  const image = zoneOf(text)
  const names = signedNames(image)
  const lines = text.trimEnd().split('\n')
  for (const { name, sets, isCut } of names)
    for (const set of sets)
      if (!isCut || set.type === TYPE.DS)
        lines.push(signature(nameText(name), set.type, set.ttl, recordTexts(set).join()))
  const more = signing === 'nsec' ? chain(names) : hashedChain(names, image, signing === 'optout')
  return `${[...lines, ...more].join('\n')}\n`
}

const typesOf = ({ sets }: Signed, ...others: string[]): string =>
  [...new Set([...sets.map(({ type }) => typeName(type)), ...others])].join(' ')

function chain(names: readonly Signed[]): string[] {
  return names.flatMap((one, i) => {
    const owner = nameText(one.name)
    const next = nameText(names[(i + 1) % names.length].name)
    return [`${owner} 60 NSEC ${next} ${typesOf(one, 'RRSIG', 'NSEC')}`, signature(owner, TYPE.NSEC, 60, next)]
  })
}

function hashedChain(names: readonly Signed[], image: ZoneImage, optsOut: boolean): string[] {
  const isLeft = ({ isCut, sets }: Signed): boolean => optsOut && isCut && !sets.some(({ type }) => type === TYPE.DS)
  const types = new Map<string, string>()
  for (const one of names) {
    if (isLeft(one)) continue
    types.set(hashText(one.name), typesOf(one, ...(one.isCut ? [] : ['RRSIG'])))
    // Empty non-terminals have records too (RFC 5155 §7.1).
    for (let name = one.name; !sameName(name, image.origin); ) {
      name = parentOf(name)
      const hash = hashText(name)
      if (!types.has(hash) && isWithin(name, image.origin)) types.set(hash, '')
    }
  }
  const hashes = [...types.keys()].sort()
  const flags = optsOut ? 1 : 0
  const parameters = '@ 0 NSEC3PARAM 1 0 1 abcd'
  return [
    parameters,
    signature('example.', TYPE.NSEC3PARAM, 0, parameters),
    ...hashes.flatMap((hash, i) => {
      const next = hashes[(i + 1) % hashes.length]
      const owner = `${hash}.example.`
      return [`${owner} 60 NSEC3 1 ${flags} 1 abcd ${next} ${types.get(hash)}`, signature(owner, TYPE.NSEC3, 60, next)]
    }),
  ]
}
