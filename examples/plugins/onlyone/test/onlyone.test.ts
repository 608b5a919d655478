import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRecords } from 'coredge'
import { chain, faults } from 'coredge/testing'
import { plugin } from '../src/index.ts'

/** Two aliases, then several records of three types, as a search through a cluster finds them. */
const RECORDS = [
  'cname1.region2.skydns.test. 300 IN CNAME cname2.region2.skydns.test.',
  'cname6.region2.skydns.test. 300 IN CNAME endpoint.region2.skydns.test.',
  'endpoint.region2.skydns.test. 300 IN A 10.240.0.1',
  'endpoint.region2.skydns.test. 300 IN A 10.240.0.2',
  'mx.region2.skydns.test. 300 IN MX 1 mx1.region2.skydns.test.',
  'mx.region2.skydns.test. 300 IN MX 2 mx2.region2.skydns.test.',
  'mx.region2.skydns.test. 300 IN MX 3 mx3.region2.skydns.test.',
  'endpoint.region2.skydns.test. 300 IN AAAA ::1',
  'endpoint.region2.skydns.test. 300 IN AAAA ::2',
]

interface Sections {
  readonly answer: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
}

/** What is left of a reply. */
async function left(directive: string, reply: Sections, question = 'a.b.c A', zones = '.'): Promise<Sections> {
  const sets = (lines: readonly string[] = []) => parseRecords(lines.join('\n'))
  const dns = await chain(`${zones} {\n    ${directive}\n    stub\n}\n`, {
    modules: [plugin],
    stub: (query) =>
      query.reply({
        answer: sets(reply.answer),
        authority: sets(reply.authority),
        additional: sets(reply.additional),
      }),
  })
  const { answer, authority, additional } = await dns.ask(question, { peer: { transport: 'tcp' } })
  await dns.stop()
  return { answer, authority, additional }
}

/** The types of records, in their order. */
const typesOf = (lines: readonly string[]): string => lines.map((line) => line.split(' ')[3]).join(' ')

describe('one of each type stays', () => {
  const rows: [directive: string, types: string][] = [
    ['onlyone', 'CNAME CNAME A MX MX MX AAAA'],
    ['onlyone {\n        types a\n    }', 'CNAME CNAME A MX MX MX AAAA AAAA'],
    ['onlyone {\n        types a mx aaaa hinfo\n    }', 'CNAME CNAME A MX AAAA'],
    ['onlyone {\n        types MX\n    }', 'CNAME CNAME A A MX AAAA AAAA'],
    ['onlyone {\n        types CNAME\n    }', 'CNAME A A MX MX MX AAAA AAAA'],
    ['onlyone {\n        types TXT\n    }', 'CNAME CNAME A A MX MX MX AAAA AAAA'],
    ['onlyone {\n        types TYPE15\n    }', 'CNAME CNAME A A MX AAAA AAAA'],
  ]
  for (const [directive, types] of rows)
    it(`${directive.replace(/\s+/g, ' ')}: ${types}`, async () => {
      const { answer } = await left(directive, { answer: RECORDS })
      assert.equal(typesOf(answer), types)
      for (const line of answer) assert.ok(RECORDS.includes(line), line)
    })

  it('whoever owns them', async () => {
    const answer = ['a.example. 60 IN A 192.0.2.1', 'b.example. 60 IN A 192.0.2.2', 'c.example. 60 IN A 192.0.2.3']
    const { answer: kept } = await left('onlyone', { answer })
    assert.equal(kept.length, 1)
    assert.ok(answer.includes(kept[0]))
  })

  it('each as likely as the others', async () => {
    const answer = ['a. 60 IN A 192.0.2.1', 'a. 60 IN A 192.0.2.2', 'b. 60 IN A 192.0.2.3']
    const counts = new Map(answer.map((line) => [line, 0]))
    for (let i = 0; i < 600; i++) {
      const { answer: kept } = await left('onlyone', { answer })
      counts.set(kept[0], counts.get(kept[0])! + 1)
    }
    // Of 600 with a chance of a third, fewer than 130 are one case in a million million.
    for (const [line, count] of counts) assert.ok(count > 130, `${line}: ${count}`)
  })

  it('and only in the answer', async () => {
    const others = ['ns.example. 60 IN A 192.0.2.1', 'ns.example. 60 IN A 192.0.2.2']
    const reply = { answer: ['a. 60 IN A 192.0.2.1'], authority: others, additional: others }
    assert.deepEqual(await left('onlyone', reply), reply)
  })

  it('of nothing, nothing', async () => assert.deepEqual((await left('onlyone', { answer: [] })).answer, []))
})

describe('zones', () => {
  const answer = ['www.example.org. 60 IN A 192.0.2.1', 'www.example.org. 60 IN A 192.0.2.2']
  const rows: [directive: string, question: string, count: number, zones?: string][] = [
    ['onlyone example.org', 'www.example.org A', 1],
    ['onlyone example.org', 'WWW.EXAMPLE.ORG A', 1],
    ['onlyone foo.com example.org', 'www.example.org A', 1],
    ['onlyone foo.com', 'www.example.org A', 2],
    ['onlyone', 'www.example.org A', 1],
    ['onlyone', 'www.example.org A', 1, 'example.org'],
    ['onlyone www.example.org', 'example.org A', 2],
  ]
  for (const [directive, question, count, zones] of rows)
    it(`${directive} in ${zones ?? '.'}, ${question}: ${count}`, async () =>
      assert.equal((await left(directive, { answer }, question, zones)).answer.length, count))
})

describe('mistakes in the Corefile', () => {
  const rows: [string, string][] = [
    ['onlyone {\n        types foo\n    }', 'Corefile:3:15: onlyone: types: type is an invalid type, got "foo"'],
    ['onlyone {\n        types\n    }', 'Corefile:3:9: onlyone: types: at least one type must be listed'],
    ['onlyone {\n        type a\n    }', 'Corefile:3:9: onlyone: unknown property (did you mean "types"?), got "type"'],
    ['onlyone\n    onlyone', 'Corefile:3:5: onlyone: may stand only once in a server block'],
    ['onlyone foo.com {\n    }\n    onlyone bar.com', 'Corefile:4:5: onlyone: may stand only once in a server block'],
    ['onlyone a..b', 'Corefile:2:13: onlyone: zone is no domain name: empty label in name "a..b", got "a..b"'],
  ]
  for (const [directive, message] of rows)
    it(directive.replace(/\s+/g, ' '), async () =>
      assert.equal(await faults(`. {\n    ${directive}\n    whoami\n}\n`, { modules: [plugin] }), message),
    )
})
