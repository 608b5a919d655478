import { FLAG } from '../dns/constants.ts'
import type { Edns, EdnsOption } from '../dns/edns.ts'
import { sameName } from '../dns/name.ts'
import { recordTexts } from '../dns/presentation.ts'
import { rcodeName } from '../dns/rdata/registry.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Query } from '../query.ts'
import { DROPPED, type Reply } from '../reply.ts'
import { flagsText, optionText, questionText, replyText, SECTIONS } from './words.ts'

/** What a plugin made of a query or a reply, a change a line. */

/** So many records are told one by one; of more, only how many. */
const MANY = 12

export function questionChanges(before: Query, after: Query): string[] {
  if (before === after) return []
  const isSame = sameName(before.name, after.name) && before.type === after.type && before.class === after.class
  return [
    ...(isSame ? [] : [`question: ${questionText(after)}`]),
    ...flagChanges(before.flags, after.flags),
    ...ednsChanges(before.edns, after.edns),
  ]
}

function flagChanges(before: number, after: number): string[] {
  const turned = (bits: number, sign: string): string =>
    flagsText(bits & ~FLAG.QR)
      .split(' ')
      .filter((flag) => flag !== '')
      .map((flag) => sign + flag)
      .join(' ')
  const changes = [turned(after & ~before, '+'), turned(before & ~after, '-')].filter((text) => text !== '')
  return changes.length > 0 ? [`flags: ${changes.join(' ')}`] : []
}

function ednsChanges(before: Edns | undefined, after: Edns | undefined): string[] {
  if (before === after) return []
  if (!after) return ['OPT record: taken away']
  const changes: string[] = []
  if (!before) changes.push('OPT record: added')
  if (before?.udpSize !== after.udpSize) changes.push(`OPT size: ${after.udpSize}`)
  if ((before?.dnssecOk ?? false) !== after.dnssecOk) changes.push(`OPT flags: ${after.dnssecOk ? '+' : '-'}do`)
  return [...changes, ...optionChanges(before?.options ?? [], after.options)]
}

function optionChanges(before: readonly EdnsOption[], after: readonly EdnsOption[]): string[] {
  const isIn = (options: readonly EdnsOption[], wanted: EdnsOption): boolean =>
    options.some(({ code, data }) => code === wanted.code && `${data}` === `${wanted.data}`)
  return [
    ...after.filter((option) => !isIn(before, option)).map((option) => `OPT: + ${optionText(option)}`),
    ...before.filter((option) => !isIn(after, option)).map((option) => `OPT: - ${optionText(option)}`),
  ]
}

export function replyChanges(before: Reply | undefined, after: Reply): string[] {
  if (before === after || before === undefined) return []
  if (before === DROPPED || after === DROPPED) return [`reply: ${replyText(after)}`]
  const rcode = before.rcode === after.rcode ? [] : [`rcode: ${rcodeName(before.rcode)} → ${rcodeName(after.rcode)}`]
  return [
    ...rcode,
    ...headerChanges(before, after),
    ...SECTIONS.flatMap((section) => sectionChanges(section, before[section], after[section])),
    ...optionChanges(before.options, after.options),
  ]
}

function headerChanges(before: Reply, after: Reply): string[] {
  const flags = (['aa', 'tc', 'rd', 'ra', 'ad'] as const).filter((flag) => before[flag] !== after[flag])
  return flags.length > 0 ? [`flags: ${flags.map((flag) => `${after[flag] ? '+' : '-'}${flag}`).join(' ')}`] : []
}

/** A record without its TTL, and the TTL. */
type Line = readonly [key: string, ttl: number, text: string]

function linesOf(sets: readonly RRset[]): Line[] {
  return sets.flatMap((set) =>
    recordTexts(set.withTtl(0)).map((key, i) => [key, set.ttl, recordTexts(set)[i]] as const),
  )
}

function sectionChanges(section: string, before: readonly RRset[], after: readonly RRset[]): string[] {
  if (before === after) return []
  const old = linesOf(before)
  const fresh = linesOf(after)
  const gone = without(old, fresh)
  const come = without(fresh, old)
  const kept = fresh.filter((line) => !come.includes(line))
  const changes = [
    ...some(section, '-', gone),
    ...some(section, '+', come),
    ...ttlChanges(section, old, kept),
    ...(isReordered(old, gone, kept) ? [`${section}: other order`] : []),
  ]
  return changes
}

/** The lines of `lines` that `others` do not have, each as often as it is there more often. */
function without(lines: readonly Line[], others: readonly Line[]): Line[] {
  const left = others.map(([key]) => key)
  return lines.filter(([key]) => {
    const at = left.indexOf(key)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

function some(section: string, sign: string, lines: readonly Line[]): string[] {
  if (lines.length > MANY) return [`${section}: ${sign} ${lines.length} records`]
  return lines.map(([, , text]) => `${section}: ${sign} ${text}`)
}

function ttlChanges(section: string, before: readonly Line[], kept: readonly Line[]): string[] {
  const changes = kept.flatMap(([key, ttl]) => {
    const old = before.find(([other]) => other === key)
    return old && old[1] !== ttl ? [`${old[1]} → ${ttl}`] : []
  })
  return [...new Set(changes)].slice(0, MANY).map((change) => `${section}: TTL ${change}`)
}

function isReordered(before: readonly Line[], gone: readonly Line[], kept: readonly Line[]): boolean {
  const stayed = before.filter((line) => !gone.includes(line))
  return stayed.some(([key], i) => kept[i]?.[0] !== key)
}
