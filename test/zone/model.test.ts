import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameText } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { rcodeName, typeCode } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import { Reply } from '../../src/reply.ts'
import { lookup } from '../../src/zone/lookup.ts'
import { type ModelAnswer, type ModelZone, text } from './model.ts'
import { name, type, zone } from './modelzones.ts'
import { queryOf, zoneOf } from './zones.ts'

function engineAnswer(model: ModelZone, question: string): ModelAnswer {
  const outcome = lookup(zoneOf(model.toString()), queryOf(question))
  const reply = outcome instanceof Reply ? outcome : outcome.reply
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  return {
    rcode: rcodeName(reply.rcode),
    aa: reply.aa,
    answer: texts(reply.answer),
    authority: texts(reply.authority),
    additional: texts(reply.additional).filter((line, i, all) => all.indexOf(line) === i),
    leaving: outcome instanceof Reply ? undefined : nameText(outcome.target),
  }
}

test('the engine says what the RFCs say', () => {
  fc.assert(
    fc.property(zone, name, type, (model, question, type) => {
      const expected = model.answer(question, typeCode(type)!)
      expect(engineAnswer(model, `${text(question)} ${type}`)).toEqual(expected)
    }),
    { numRuns: 3000 },
  )
}, 60_000)
