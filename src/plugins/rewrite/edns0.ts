import { UpstreamOptions } from '../../capabilities.ts'
import { Complaint, type ValueType } from '../../corefile/spec.ts'
import { type Edns, type EdnsOption, OPTION } from '../../dns/edns.ts'
import { parseUint } from '../../golang/strconv.ts'
import { GoError } from '../../golang/value.ts'
import type { MetadataLabel } from '../../metadata.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { localData, type OptionData, subnetData } from './ednsdata.ts'
import type { Answering, Effect } from './rule.ts'
import type { Words } from './words.ts'

const KINDS = ['local', 'nsid', 'subnet'] as const
const ACTIONS = ['set', 'append', 'replace', 'unset'] as const
type Action = (typeof ACTIONS)[number]

/** Decimal, or with 0x, 0o or 0b in front. */
const unsigned = (max: number, what: string): ValueType<number> => ({
  label: what,
  parse(text) {
    try {
      const value = Number(parseUint(text, 0, 16))
      if (value <= max) return value
    } catch (error) {
      if (!(error instanceof GoError)) throw error
    }
    throw new Complaint(`must be a number up to ${max}`)
  },
})

const NO_EDNS: Edns = { version: 0, udpSize: 1232, dnssecOk: false, options: [] }
const EMPTY = new Uint8Array(0)

interface Settings {
  readonly code: number
  readonly action: Action
  readonly data: OptionData
  /** The client sees what was there before. */
  readonly revert: boolean
  /** What is done to the reply's option. */
  readonly response: 'echo' | 'drop' | 'none'
}

/** The option of a reply to a subnet that the client did not tell is none of its business, and wrong to it (RFC 7871 §7.3). */
const RESPONSES = { local: 'echo', nsid: 'none', subnet: 'drop' } as const

/** `edns0 local|nsid|subnet set|append|replace|unset … [revert]` */
export function edns0Rule(words: Words, findLabel: (name: string) => MetadataLabel['value'] | undefined): Effect {
  const kind = words.oneOf('option', KINDS)
  const action = words.oneOf('action', ACTIONS)
  const code = kind === 'local' ? words.value('code', unsigned(0xffff, 'code')) : CODES[kind]
  const data = action === 'unset' ? (): Uint8Array => EMPTY : dataOf(kind, words, findLabel)
  const revert = action !== 'unset' && words.takes('revert')
  const settings: Settings = { code, action, data, revert, response: RESPONSES[kind] }
  return { ask: (query) => rewrite(query, settings), answer: answering(settings) }
}

const CODES = { nsid: OPTION.NSID, subnet: OPTION.ECS }

function dataOf(
  kind: (typeof KINDS)[number],
  words: Words,
  findLabel: (name: string) => MetadataLabel['value'] | undefined,
): OptionData {
  if (kind === 'nsid') return () => EMPTY
  if (kind === 'local') return words.parse('data', words.next('data'), (text) => localData(text, findLabel))
  const v4 = words.value('IPv4 prefix', unsigned(32, 'bits'))
  return subnetData(v4, words.value('IPv6 prefix', unsigned(128, 'bits')))
}

const optionOf = ({ edns }: Query, code: number): EdnsOption | undefined =>
  edns?.options.find((option) => option.code === code)

function rewrite(query: Query, { code, action, data }: Settings): Query | undefined {
  const edns = query.edns ?? NO_EDNS
  const before = optionOf(query, code)
  if (action === 'unset') {
    const options = edns.options.filter((option) => option.code !== code)
    return before ? query.with({ edns: { ...edns, options } }) : query
  }
  if (before ? action === 'append' : action === 'replace') return undefined
  const octets = data(query)
  if (!octets) return undefined
  const option: EdnsOption = { code, data: octets }
  const options = before ? edns.options.map((one) => (one === before ? option : one)) : [...edns.options, option]
  const changed = query.with({ edns: { ...edns, options } })
  changed.hint(UpstreamOptions, [...(query.get(UpstreamOptions) ?? []), code])
  return changed
}

/**
 * Local options come back to the client as the rules left them, as with CoreDNS, unless reverted; so do those that it
 * sent. Replies are changed in reverse order, and the last option to be set is the first to be seen: it stays.
 */
function answering({ code, action, revert, response }: Settings): Answering | undefined {
  if (action === 'unset' || response === 'none') return undefined
  const has = (reply: Reply): boolean => reply.options.some((one) => one.code === code)
  if (response === 'drop') {
    return (reply) => (has(reply) ? reply.with({ options: reply.options.filter((one) => one.code !== code) }) : reply)
  }
  return (reply, query, asked) => {
    const option = optionOf(revert ? query : asked, code)
    return option && !has(reply) ? reply.with({ options: [...reply.options, option], opt: true }) : reply
  }
}
