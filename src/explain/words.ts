import { FLAG } from '../dns/constants.ts'
import { type EdnsOption, OPTION, readExtendedError } from '../dns/edns.ts'
import { nameText } from '../dns/name.ts'
import { className, rcodeName, typeName } from '../dns/rdata/registry.ts'
import type { RRset } from '../dns/rrset.ts'
import { printable } from '../printable.ts'
import type { Query } from '../query.ts'
import { reasonOf } from '../reason.ts'
import { DROPPED, type Reply } from '../reply.ts'

/** Queries and replies in a few words. */

/** `www.example.org. IN A` */
export function questionText({ name, type, class: rclass }: Pick<Query, 'name' | 'type' | 'class'>): string {
  return `${nameText(name)} ${className(rclass)} ${typeName(type)}`
}

/** `NOERROR, aa ra, answer 2, authority 1, EDE 15 (Blocked)` */
export function replyText(reply: Reply): string {
  if (reply === DROPPED) return 'no reply at all'
  const flags = (['aa', 'tc', 'ra', 'ad'] as const).filter((flag) => reply[flag]).join(' ')
  const counts = SECTIONS.map((section) => [section, countOf(reply[section])] as const)
  return [
    rcodeName(reply.rcode),
    ...(flags ? [flags] : []),
    ...counts.filter(([, count]) => count > 0).map(([section, count]) => `${section} ${count}`),
    ...reply.options.map(optionText),
  ].join(', ')
}

export const SECTIONS = ['answer', 'authority', 'additional'] as const

/** Records in all. */
export const countOf = (sets: readonly RRset[]): number => sets.reduce((count, { size }) => count + size, 0)

/** `qr aa rd` */
export function flagsText(flags: number): string {
  const names = ['QR', 'AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const
  return names
    .filter((name) => flags & FLAG[name])
    .join(' ')
    .toLowerCase()
}

const NAMES = new Map<number, string>(Object.entries(OPTION).map(([name, code]) => [code, name]))

/** `EDE 15 (Blocked)`, `NSID 7 octets` */
export function optionText(option: EdnsOption): string {
  const error = readExtendedError(option)
  if (error) return `EDE ${error.code}${error.text ? ` (${printable(error.text)})` : ''}`
  return `${NAMES.get(option.code) ?? `option ${option.code}`} ${option.data.length} octets`
}

/** What was thrown, in one line. */
export const errorText = (error: unknown): string => printable(reasonOf(error))
