import { UpstreamOptions } from '../../capabilities.ts'
import { FLAG } from '../../dns/constants.ts'
import { type EdnsOption, OPTION } from '../../dns/edns.ts'
import type { Message } from '../../dns/message.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import type { Question } from '../../upstream/question.ts'

const NO_OPTIONS: readonly never[] = []
/** AD in a query asks for AD in the answer (RFC 6840 §5.7); whether the client sees it is the server's business. */
const ALWAYS = FLAG.AD

/**
 * What the upstream is asked for a query: the client's own EDNS options stay here, but for those in `always`; those that
 * the configuration has put there go on.
 */
export function questionOf(query: Query, always: readonly number[]): Question {
  const { name, type, class: rclass, flags, dnssecOk, edns } = query
  const ours = edns && query.get(UpstreamOptions)
  const pass = ours ? [...always, ...ours] : always
  const options = edns && pass.length > 0 ? edns.options.filter((option) => pass.includes(option.code)) : NO_OPTIONS
  return { name, type, class: rclass, flags: (flags & (FLAG.RD | FLAG.CD)) | ALWAYS, dnssecOk, options }
}

/** An upstream's answer as a reply. Of its options extended errors go on, and those that were sent. */
export function replyOf(message: Message, sent: readonly EdnsOption[]): Reply {
  const { rcode, flags, answer, authority, additional, edns } = message
  const options =
    edns?.options.filter(({ code }) => code === OPTION.EDE || sent.some((one) => one.code === code)) ?? NO_OPTIONS
  return new Reply({
    rcode,
    aa: (flags & FLAG.AA) !== 0,
    tc: (flags & FLAG.TC) !== 0,
    ra: (flags & FLAG.RA) !== 0,
    ad: (flags & FLAG.AD) !== 0,
    answer,
    authority,
    additional,
    options,
  })
}
