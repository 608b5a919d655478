import type { ZoneContent } from '../../capabilities.ts'
import { nameText } from '../../dns/name.ts'
import type { RRset } from '../../dns/rrset.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import type { Log } from '../../runtime/runtime.ts'
import { type Batch, pack } from './pack.ts'

/** What has been sent of a zone. */
interface Tally {
  messages: number
  records: number
}

/** The reply that sends a zone, with a line in the log once all of it is out or nobody wants more. */
export function sendZone(query: Query, zone: ZoneContent, log: Log): Reply {
  const batches = pack(wholeZone(zone))
  const first = batches.next().value!
  const second = batches.next().value
  const tally: Tally = { messages: 1, records: first.records }
  const tell = (outcome: string): void => {
    const { messages, records } = tally
    const what = `zone ${nameText(query.name)} with serial ${zone.serial} ${outcome} ${query.peer.address}`
    log.info(`plugin/transfer: ${what}: ${records} records in ${messages} ${messages === 1 ? 'message' : 'messages'}`)
  }
  if (second) return query.reply({ aa: true, answer: first.sets, following: rest(second, batches, tally, tell) })
  tell('sent to')
  return query.reply({ aa: true, answer: first.sets })
}

/** All record sets, and the SOA again at the end (RFC 5936 §2.2). */
function* wholeZone(zone: ZoneContent): Generator<RRset> {
  let soa: RRset | undefined
  for (const set of zone.rrsets()) {
    soa ??= set
    yield set
  }
  if (soa) yield soa
}

function* rest(
  second: Batch,
  batches: Generator<Batch, undefined>,
  tally: Tally,
  tell: (outcome: string) => void,
): Generator<readonly RRset[]> {
  let isComplete = false
  try {
    for (let batch: Batch | undefined = second; batch; batch = batches.next().value) {
      tally.messages++
      tally.records += batch.records
      yield batch.sets
    }
    isComplete = true
  } finally {
    tell(isComplete ? 'sent to' : 'not fetched to its end by')
  }
}
