import type { BlockBuilder } from '../block.ts'
import type { Position } from '../corefile/error.ts'
import { TYPE } from '../dns/constants.ts'
import { nameText } from '../dns/name.ts'
import { findLabel, Metadata } from '../metadata.ts'
import { NOBODY, type Plugin } from '../plugin.ts'
import { printable } from '../printable.ts'
import { DROPPED } from '../reply.ts'
import { questionChanges, replyChanges } from './difference.ts'
import type { Explained } from './explainer.ts'
import { finishing, type MessageText, messageText, type OptText, optText } from './finish.ts'
import type { Step, Visit } from './trace.ts'
import { errorText, flagsText, questionText, replyText } from './words.ts'

/** How a query was answered, as data: this is what `--json` prints. Times in milliseconds, to the microsecond. */
export interface Explanation {
  readonly question: string
  /** Of the query: `rd cd`. */
  readonly flags: string
  /** The query's OPT record; undefined where it has none. */
  readonly opt: OptText | undefined
  readonly client: { readonly address: string; readonly port: number; readonly transport: string }
  /** The listener: `dns://127.0.0.1:53`. */
  readonly server: string
  readonly asked: VisitText
  /** What the server made of the chain's reply when it wrote the message. */
  readonly finish: readonly string[]
  /** The message that would be sent; undefined: none. */
  readonly reply: MessageText | undefined
}

/** A query that the server was asked, by the client or by one of its own plugins. */
export interface VisitText {
  readonly question: string
  /** `example.org:53 (Corefile:1)`; undefined where no block is for the query. */
  readonly block: string | undefined
  /** Why this block, and not another. */
  readonly because: readonly string[]
  readonly steps: readonly StepText[]
  /** Plugins that the query did not come to. */
  readonly unreached: readonly string[]
  /** Plugins that have no part in the chain: they configure, or look at replies that were sent. */
  readonly aside: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  /** The reply in a few words. */
  readonly reply: string
  readonly errors: readonly string[]
  readonly ms: number
}

/** What one plugin did with one query. */
export interface StepText {
  readonly plugin: string
  /** `Corefile:4:5` */
  readonly at: string
  readonly question: string
  readonly did: 'passed on' | 'answered' | 'asked' | 'dropped' | 'failed'
  /** In the plugin's own words. */
  readonly why: string | undefined
  /** The reply that it made, or the error. */
  readonly result: string | undefined
  /** What it changed for the plugins behind it: lines by query that it put to them. */
  readonly asks: readonly (readonly string[])[]
  /** What it changed in the reply. */
  readonly changes: readonly string[]
  readonly hints: Readonly<Record<string, string>>
  /** With all that it asked, and without. */
  readonly ms: number
  readonly ownMs: number
  readonly next: readonly StepText[]
  readonly resolved: readonly VisitText[]
}

export function explanationOf({ site, query, trace, reply, wire }: Explained): Explanation {
  const { address, port, transport } = query.peer
  return {
    question: questionText(query),
    flags: flagsText(query.flags),
    opt: query.edns && optText(query.edns),
    client: { address, port, transport },
    server: site.name.text,
    asked: visitText(trace.first),
    finish: wire ? finishing(query, reply, wire) : [],
    reply: wire && messageText(wire),
  }
}

function visitText(visit: Visit): VisitText {
  const { query, block, reply } = visit
  const plugins = block?.plugins ?? []
  const reached = reachedBy(visit.steps)
  const names = (isMeant: (plugin: (typeof plugins)[number]) => boolean): string[] => [
    ...new Set(plugins.filter(isMeant).map(({ name }) => name)),
  ]
  return {
    question: questionText(query),
    block: block && blockText(block),
    because: because(visit),
    steps: visit.steps.map(stepText),
    unreached: names((plugin) => isPart(plugin) && !reached.has(plugin)),
    aside: names((plugin) => !isPart(plugin)),
    metadata: metadataOf(visit),
    reply: reply ? replyText(reply) : '',
    errors: visit.errors.map(errorText),
    ms: rounded(visit.took),
  }
}

const isPart = ({ serve, observes }: Plugin): boolean => serve !== undefined && !observes

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

function reachedBy(steps: readonly Step[]): Set<unknown> {
  return new Set(steps.flatMap((step) => [step.plugin, ...reachedBy(step.next)]))
}

function blockText({ source }: BlockBuilder): string {
  return `${source.keys.map(({ text }) => text).join(', ')} (${placeText(source.at)})`
}

const placeText = ({ file, line }: Position): string => `${file}:${line}`

function because({ query, block, views }: Visit): string[] {
  const asked = views.map(({ block, view, accepts, why }) => {
    const answer = accepts ? 'yes' : `no${why ? `: ${why}` : ''}`
    return `view ${view} (${placeText(block.source.at)}): ${answer}`
  })
  if (!block) return [...asked, 'no block has a zone that the name is in']
  const zone = query.arrival.zone ? nameText(query.arrival.zone) : '.'
  const parent = query.type === TYPE.DS ? ', on the parent’s side for type DS where that is served too' : ''
  const which =
    views.length > 0
      ? 'the longest that the name is in, of those whose views say yes'
      : 'the longest that the name is in'
  return [...asked, `zone ${zone} is ${which}${parent}`]
}

function metadataOf({ query, block, reply }: Visit): Record<string, string> {
  if (!block) return {}
  const values = block
    .all(Metadata)
    .map(({ name }) => [name, printable(findLabel(block, name)?.(query, reply) ?? '')] as const)
  return Object.fromEntries(values.filter(([, value]) => value !== ''))
}

function stepText(step: Step): StepText {
  const { plugin, block, query } = step
  const at = block.placeOf(plugin)
  const last = step.next.at(-1)
  const changes = step.reply && last ? replyChanges(last.reply, step.reply) : []
  const did = didOf(step)
  return {
    plugin: plugin.name,
    at: at ? `${at.file}:${at.line}:${at.column}` : '',
    question: questionText(query),
    did,
    why: step.why && printable(step.why),
    result: resultOf(step, did),
    asks: step.next.map((next) => questionChanges(query, next.query)),
    changes,
    hints: Object.fromEntries([...step.hints].map(([name, value]) => [name, hintText(value)])),
    ms: rounded(step.took),
    ownMs: rounded(step.own),
    next: step.next.map(stepText),
    resolved: step.resolved.map(visitText),
  }
}

function didOf({ reply, error, next, ended }: Step): StepText['did'] {
  // Who lets through what another threw has not failed.
  if (!reply && ended !== undefined && !next.some((step) => step.error === error)) return 'failed'
  if (reply === NOBODY) return 'passed on'
  if (next.length > 0) return next.length > 1 ? 'asked' : 'passed on'
  return reply === DROPPED ? 'dropped' : 'answered'
}

function resultOf(step: Step, did: StepText['did']): string | undefined {
  if (did === 'failed') return errorText(step.error)
  if (step.reply === NOBODY && step.next.length === 0) return 'nobody is left'
  return did === 'answered' && step.reply ? replyText(step.reply) : undefined
}

function hintText(value: unknown): string {
  if (Array.isArray(value)) return value.map(hintText).join(', ')
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? printable(String(value)) : '(set)'
}
