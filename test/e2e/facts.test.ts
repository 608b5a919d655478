import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check, queryOf } from './ask.ts'
import { type Fact, facts } from './facts.ts'
import { workerd } from './miniflare.ts'
import { inProcess } from './process.ts'
import { doh, dot, node, tcp, udp, type Way } from './transports.ts'

const ways: Record<string, () => Promise<Way>> = {
  process: inProcess,
  udp: () => node('dns', udp),
  tcp: () => node('dns', tcp),
  tls: () => node('tls', dot),
  https: () => node('https', doh),
  workerd,
}

for (const [name, open] of Object.entries(ways)) {
  describe(`over ${name}`, () => {
    let way: Way
    beforeAll(async () => {
      way = await open()
    }, 180_000)
    afterAll(() => way?.close())

    for (const general of facts) {
      if (general.on && !general.on.includes(name as never)) continue
      const fact: Fact = name === 'udp' ? { ...general, ...general.udp } : general
      it(fact.title, async () => {
        const query = queryOf(fact)
        const reply = await way.ask(query)
        if (fact.silent) {
          expect(reply).toBe(name === 'https' || name === 'workerd' ? 400 : undefined)
          return
        }
        expect(reply).toBeInstanceOf(Uint8Array)
        check(fact, query, reply as Uint8Array)
      })
    }
  })
}
