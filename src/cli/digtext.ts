import { FLAG } from '../dns/constants.ts'
import { type Edns, type EdnsOption, OPTION, readExtendedError } from '../dns/edns.ts'
import type { Message } from '../dns/message.ts'
import { nameText } from '../dns/name.ts'
import { recordTexts } from '../dns/presentation.ts'
import { className, opcodeName, rcodeName, rdataText, typeName } from '../dns/rdata/registry.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Carried } from './carry.ts'
import type { Part, QueryOptions } from './queryoptions.ts'

/** Messages as dig prints them, which is what everybody who runs DNS can read. */

/** The data of the answer, a record a line. */
export function shortText({ answer }: Message): string {
  return answer.flatMap((set) => set.rdata().map((rdata) => rdataText(set.type, rdata))).join('\n')
}

/** The whole message, and how it came. */
export function digText(message: Message, carried: Carried, { show }: QueryOptions): string {
  const isShown = (part: Part): boolean => show.has(part)
  const section = (part: Part, title: string, sets: readonly RRset[]): string[] =>
    isShown(part) && sets.length > 0 ? sectionLines(isShown('comments') ? title : undefined, sets) : []
  const lines = [
    ...(isShown('comments') ? headerLines(message, carried) : []),
    ...(isShown('question') ? questionLines(message) : []),
    ...section('answer', 'ANSWER', message.answer),
    ...section('authority', 'AUTHORITY', message.authority),
    ...section('additional', 'ADDITIONAL', message.additional),
    ...(isShown('stats') ? statsLines(carried) : []),
  ]
  return lines.join('\n').replace(/\n+$/, '\n')
}

const BITS = ['QR', 'AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const

function headerLines(message: Message, { wasTruncated }: Carried): string[] {
  const { id, flags, rcode, edns } = message
  const bits = BITS.filter((bit) => flags & FLAG[bit]).map((bit) => bit.toLowerCase())
  const counts = [
    `QUERY: ${message.question ? 1 : 0}`,
    `ANSWER: ${countOf(message.answer)}`,
    `AUTHORITY: ${countOf(message.authority)}`,
    `ADDITIONAL: ${countOf(message.additional) + (edns ? 1 : 0)}`,
  ]
  const lines = [
    ...(wasTruncated ? [';; Truncated, retrying in TCP mode.'] : []),
    ';; Got answer:',
    `;; ->>HEADER<<- opcode: ${opcodeName((flags >> 11) & 15)}, status: ${rcodeName(rcode)}, id: ${id}`,
    `;; flags: ${bits.join(' ')}; ${counts.join(', ')}`,
  ]
  if (flags & FLAG.RD && !(flags & FLAG.RA)) lines.push(';; WARNING: recursion requested but not available')
  return [...lines, '', ...(edns ? ednsLines(edns) : [])]
}

const countOf = (sets: readonly RRset[]): number => sets.reduce((count, { size }) => count + size, 0)

function ednsLines({ version, dnssecOk, udpSize, options }: Edns): string[] {
  const first = `; EDNS: version: ${version}, flags:${dnssecOk ? ' do' : ''}; udp: ${udpSize}`
  return [';; OPT PSEUDOSECTION:', first, ...options.map(optionLine)]
}

function optionLine(option: EdnsOption): string {
  const { code, data } = option
  const error = readExtendedError(option)
  if (error) return `; EDE: ${error.code}${error.text ? `: (${printable(error.text)})` : ''}`
  const hex = Buffer.from(data).toString('hex')
  if (code === OPTION.NSID) return `; NSID: ${hex} ("${printable(Buffer.from(data).toString('latin1'))}")`
  if (code === OPTION.COOKIE) return `; COOKIE: ${hex}`
  if (code === OPTION.PADDING) return `; PAD: (${data.length} bytes)`
  return `; OPT=${code}: ${hex}`
}

/** Nothing that a server sends may speak to the terminal. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '.')

function questionLines({ question }: Message): string[] {
  if (!question) return []
  const line = tabbed([`;${nameText(question.name)}`, '', className(question.class), typeName(question.type)])
  return [';; QUESTION SECTION:', line, '']
}

function sectionLines(title: string | undefined, sets: readonly RRset[]): string[] {
  const lines = sets.flatMap(recordTexts).map((text) => {
    const [owner, ttl, rclass, type, ...data] = text.split(' ')
    return `${tabbed([owner, ttl, rclass, type])}\t${data.join(' ')}`
  })
  return title === undefined ? lines : [`;; ${title} SECTION:`, ...lines, '']
}

/** Columns begin where dig's do. */
const COLUMNS = [24, 32, 40]

function tabbed(fields: readonly string[]): string {
  let line = ''
  let width = 0
  for (const [i, field] of fields.entries()) {
    line += field
    width += field.length
    if (i === fields.length - 1) break
    do {
      line += '\t'
      width = (Math.floor(width / 8) + 1) * 8
    } while (width < COLUMNS[i])
  }
  return line
}

function statsLines({ duration, server: { host, port }, over, reply, url }: Carried): string[] {
  const place = over.startsWith('HTTPS') ? url : `${host}#${port}`
  return [
    `;; Query time: ${Math.round(duration)} msec`,
    `;; SERVER: ${place} (${over})`,
    `;; WHEN: ${new Date().toString().replace(/ GMT.*/, '')}`,
    `;; MSG SIZE  rcvd: ${reply.length}`,
    '',
  ]
}
