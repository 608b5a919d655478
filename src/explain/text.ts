import type { Explanation, StepText, VisitText } from './explanation.ts'
import type { MessageText, OptText } from './finish.ts'

/** An explanation for people: the plugins in the order in which the query came to them, then what changed on the way back. */
export function explanationText(explanation: Explanation): string {
  const { question, client, server, asked, finish, reply } = explanation
  const host = client.address.includes(':') ? `[${client.address}]` : client.address
  return [
    `${question} from ${host}:${client.port} over ${client.transport}, at ${server}`,
    `  ${[`flags: ${explanation.flags || 'none'}`, explanation.opt ? optLine(explanation.opt) : 'no OPT record'].join('; ')}`,
    '',
    ...visitLines(asked),
    ...(finish.length > 0 ? ['', 'When the message was written:', ...indented(finish)] : []),
    '',
    ...(reply ? messageLines(reply) : ['No reply is sent.']),
    '',
  ].join('\n')
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `  ${line}`))

function visitLines(visit: VisitText): string[] {
  const { block, because, steps, unreached, aside, metadata, errors, reply } = visit
  const labels = Object.entries(metadata).map(([name, value]) => `${name}=${value}`)
  const width = Math.max(0, ...namesOf(steps).map((name) => name.length))
  return [
    block ? `Block ${block}:` : 'No block:',
    ...indented(because),
    ...(steps.length > 0 ? ['Chain:', ...indented(steps.flatMap((step) => stepLines(step, width)))] : []),
    ...(steps.length === 0 ? [`The server answers by itself: ${reply}`] : []),
    ...(unreached.length > 0 && steps.length > 0 ? [`Not reached: ${unreached.join(', ')}`] : []),
    ...(aside.length > 0 ? [`No part of the chain: ${aside.join(', ')}`] : []),
    ...(labels.length > 0 ? [`Metadata: ${labels.join(', ')}`] : []),
    ...errors.map((error) => `Error: ${error}`),
  ]
}

const namesOf = (steps: readonly StepText[]): string[] => steps.flatMap((step) => [step.plugin, ...namesOf(step.next)])

function stepLines(step: StepText, width: number): string[] {
  const [first = [], ...others] = step.asks
  return [
    headline(step, width),
    ...indented(hintLines(step)),
    ...indented(first),
    ...step.next.slice(0, 1).flatMap((next) => stepLines(next, width)),
    ...others.flatMap((changes, i) => [
      `${step.plugin} asks again:`,
      ...indented([...changes, ...stepLines(step.next[i + 1], width)]),
    ]),
    ...step.resolved.flatMap((visit) => [
      `${step.plugin} asks the server: ${visit.question}`,
      ...indented([...visitLines(visit), `Reply: ${visit.reply}`]),
    ]),
    ...backLines(step),
  ]
}

function headline({ plugin, at, did, why, result, ownMs }: StepText, width: number): string {
  const reasons = [result, why].filter((text) => text !== undefined)
  const what = reasons.length > 0 ? `${did}: ${reasons.join('; ')}` : did
  return `${plugin.padEnd(width)}  ${at}  ${what}  [${ownMs.toFixed(3)} ms]`
}

const hintLines = ({ hints }: StepText): string[] =>
  Object.entries(hints).map(([name, value]) => `hint ${name}: ${value}`)

function backLines({ plugin, did, result, next, changes }: StepText): string[] {
  if (next.length === 0) return []
  if (did === 'failed') return [`${plugin}, on the way back, failed: ${result}`]
  return changes.length > 0 ? [`${plugin}, on the way back:`, ...indented(changes)] : []
}

const optLine = ({ size, do: dnssecOk, options }: OptText): string =>
  `OPT: ${[`size ${size}`, ...(dnssecOk ? ['do'] : []), ...options].join(', ')}`

function messageLines({ rcode, flags, answer, authority, additional, opt, size }: MessageText): string[] {
  const section = (title: string, records: readonly string[]): string[] =>
    records.length > 0 ? [`${title}:`, ...indented(records)] : []
  return [
    `Reply: ${rcode}, flags ${flags}, ${size} octets`,
    ...(opt ? [optLine(opt)] : []),
    ...section('Answer', answer),
    ...section('Authority', authority),
    ...section('Additional', additional),
  ]
}
