import { CLASS, RCODE, TYPE } from './dns/constants.ts'
import { EDE } from './dns/edns.ts'
import { ANSWERER, type Query } from './query.ts'
import { Reply } from './reply.ts'
import { report, type ServedBlock } from './servedblock.ts'
import { UpstreamError } from './upstream/error.ts'

/** Milliseconds; no client waits so long. What a query takes up must not be held for ever by a plugin that never settles. */
const PATIENCE = 30_000

const REFUSED = new Reply({ rcode: RCODE.REFUSED }).withError(EDE.NOT_AUTHORITATIVE, '')
const FORMERR = new Reply({ rcode: RCODE.FORMERR }).withError(EDE.INVALID_QUERY_TYPE, '')
const NOTIMP = new Reply({ rcode: RCODE.NOTIMP })
const BADVERS = new Reply({ rcode: RCODE.BADVERS })
export const SERVFAIL: Reply = new Reply({ rcode: RCODE.SERVFAIL })

const TYPE_MAILB = 253
const TYPE_MAILA = 254

/** Asks a block's chain. Never throws or rejects: whatever happens in the chain costs its query, nothing more. */
export function ask(block: ServedBlock | undefined, query: Query): Reply | Promise<Reply> {
  // RFC 6891 §6.1.3: an unknown version gets BADVERS, whatever the question.
  if (query.edns && query.edns.version !== 0) return BADVERS
  if (isMeta(query.type)) return query.type === TYPE_MAILA || query.type === TYPE_MAILB ? NOTIMP : FORMERR
  if (!block?.handler || (query.class !== CLASS.IN && !block.anyClass)) return REFUSED
  try {
    const reply = block.handler(query)
    if (reply instanceof Reply) return reply
    return reply instanceof Promise ? awaited(block, query, reply) : failed(block, query, noReply(reply))
  } catch (error) {
    return failed(block, query, error)
  }
}

/** Types that can stand in no question but the transfers' and ANY (RFC 6895 §3.1). Type 0 is reserved. */
function isMeta(type: number): boolean {
  if (type === 0 || type === TYPE.OPT) return true
  return type >= 128 && type < 255 && type !== TYPE.AXFR && type !== TYPE.IXFR
}

function awaited(block: ServedBlock, query: Query, reply: Promise<Reply>): Promise<Reply> {
  return new Promise((resolve) => {
    const tired = (): void => resolve(failed(block, query, new Error(`no reply within ${PATIENCE / 1000} s`)))
    const timer = setTimeout(tired, PATIENCE)
    // A process that ends does not wait for it.
    timer.unref?.()
    const settle = (settled: Reply): void => {
      clearTimeout(timer)
      resolve(settled)
    }
    reply.then(
      (late) => settle(late instanceof Reply ? late : failed(block, query, noReply(late))),
      (error) => settle(failed(block, query, error)),
    )
  })
}

const noReply = (got: unknown): Error => new TypeError(`a plugin returned ${got} in place of a reply`)

function failed(block: ServedBlock, query: Query, error: unknown): Reply {
  query.original.answerer = ANSWERER.SERVER
  report(block, query, error)
  return error instanceof UpstreamError ? SERVFAIL.withError(error.ede, error.summary) : SERVFAIL
}
