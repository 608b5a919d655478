import { TYPE } from '../dns/constants.ts'
import { WireError } from '../dns/error.ts'
import { ROOT } from '../dns/name.ts'
import { parseRdata } from '../dns/rdata/registry.ts'
import { splitWords } from '../dns/words.ts'
import { MOST_ITERATIONS } from '../zone/format.ts'
import { type Against, countBefore } from '../zone/order.ts'
import type { Nsec3Parameters } from '../zone/view.ts'
import { parseOwner } from './owner.ts'
import { type Owner, ValueError } from './store.ts'
import { type ReadRules, readValue, type StoredSet } from './value.ts'

/** A page of the tree of proofs (see proofs.ts), as it was read. */
export interface ProofPage {
  /** Of the root: how the zone proves that something is absent. */
  readonly denial: 'none' | 'nsec' | 'nsec3'
  readonly nsec3: Nsec3Parameters | undefined
  /** The number of the first page below; undefined: a leaf. */
  readonly first: number | undefined
  /** Where the pages below start, or of a leaf whose proofs they are; in order. */
  readonly owners: readonly Owner[]
  /** Of a leaf: the proofs; undefined where they stand with the name. */
  readonly sets: readonly (readonly StoredSet[] | undefined)[]
}

/** A tree of more levels is damaged: it leads in a circle. */
export const MOST_LEVELS = 8
/** What reading something else as a page comes to. */
const MISTAKES = [SyntaxError, TypeError, RangeError, WireError, ValueError]

type Json = { readonly [key: string]: unknown }

/** Reads a page. Throws ValueError where it is none. */
export function readPage(value: string, rules: ReadRules): ProofPage {
  try {
    const json: Json = JSON.parse(value)
    return Array.isArray(json.fences) ? branchOf(json) : leafOf(json, rules)
  } catch (error) {
    if (MISTAKES.some((mistake) => error instanceof mistake))
      throw new ValueError(`is no page of proofs: ${value.slice(0, 60)}`)
    throw error
  }
}

function branchOf({ denial, parameters, first, fences }: Json): ProofPage {
  const owners = (fences as string[]).map(parseOwner)
  if (!Number.isSafeInteger(first) || (first as number) < 0 || owners.length === 0) throw new TypeError('no pages')
  const base = { first: first as number, owners, sets: [] }
  if (denial === 'nsec3') return { ...base, denial, nsec3: parametersIn(parameters as string) }
  return { ...base, denial: denial === 'nsec' ? 'nsec' : 'none', nsec3: undefined }
}

/** From the data of an NSEC3PARAM record (RFC 5155 §4.2). */
function parametersIn(text: string): Nsec3Parameters {
  const rdata = parseRdata(TYPE.NSEC3PARAM, splitWords(text), ROOT)
  const iterations = (rdata[2] << 8) | rdata[3]
  if (iterations > MOST_ITERATIONS) throw new RangeError(`${iterations} iterations`)
  return { iterations, salt: rdata.slice(5) }
}

function leafOf({ nsec, nsec3 }: Json, rules: ReadRules): ProofPage {
  const proofs = (nsec ?? nsec3) as readonly (readonly [string, unknown?])[]
  if (!Array.isArray(proofs) || proofs.length === 0) throw new TypeError('no proofs')
  return {
    denial: 'none',
    nsec3: undefined,
    first: undefined,
    owners: proofs.map(([owner]) => parseOwner(owner)),
    sets: proofs.map(([, sets]) => (sets === undefined ? undefined : readValue(JSON.stringify(sets), rules).sets)),
  }
}

/** Where in a page the last owner at or before what is looked for is; -1 where all come later. */
export function placeIn({ owners }: ProofPage, against: Against): number {
  return countBefore(0, owners.length, (i) => against(owners[i], 0, owners[i].length) > 0) - 1
}
