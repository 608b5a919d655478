import { describe, expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const corefile = (properties = ''): string =>
  properties === '' ? 'example.org {\nerratic\n}' : `example.org {\nerratic {\n${properties}\n}\n}`

/** What becomes of so many queries: `-` for none, `tc` for a truncated reply. */
async function fates(properties: string, count: number, question = 'example.org A'): Promise<string> {
  const { ask } = await rig(corefile(properties))
  const found: string[] = []
  for (let i = 0; i < count; i++) {
    const reply = await ask(question)
    found.push(reply ? (reply.flags.includes('tc') ? 'tc' : reply.rcode) : '-')
  }
  return found.join(' ')
}

describe('which queries suffer', () => {
  test.each([
    ['', '- NOERROR - NOERROR - NOERROR'],
    ['drop', '- NOERROR - NOERROR - NOERROR'],
    ['drop 3', '- NOERROR NOERROR - NOERROR NOERROR'],
    ['drop 1', '- - - - - -'],
    ['drop 0', 'NOERROR NOERROR NOERROR NOERROR NOERROR NOERROR'],
    ['truncate', 'tc NOERROR tc NOERROR tc NOERROR'],
    ['truncate 3\ndrop 2', '- NOERROR - tc - NOERROR'],
    ['delay 3 1ms', 'NOERROR NOERROR NOERROR NOERROR NOERROR NOERROR'],
    ['drop 2\nlarge\ndrop 4', '- NOERROR NOERROR NOERROR - NOERROR'],
  ])('%j: %s', async (properties, found) => {
    expect(await fates(properties, 6)).toBe(found)
  })

  test('those that are refused as well', async () => {
    expect(await fates('', 4, 'example.org HINFO')).toBe('- SERVFAIL - SERVFAIL')
  })
})

describe('answers', () => {
  test.each([
    ['a.example.org A', ['a.example.org. 0 IN A 192.0.2.53']],
    ['a.example.org AAAA', ['a.example.org. 0 IN AAAA 2001:db8::53']],
    [
      'example.org AXFR',
      [
        'example.org. 0 IN SOA sns.dns.icann.org. noc.dns.icann.org. 2018050825 7200 3600 1209600 3600',
        'example.org. 0 IN NS b.example.org.',
        'example.org. 0 IN NS a.example.org.',
        'a.example.org. 0 IN AAAA 2001:bd8::53',
        'b.example.org. 0 IN AAAA 2001:500::54',
        'example.org. 0 IN SOA sns.dns.icann.org. noc.dns.icann.org. 2018050825 7200 3600 1209600 3600',
      ],
    ],
  ])('%s', async (question, records) => {
    const { answer } = await rig(corefile('drop 0'))
    const reply = await answer(question, { peer: { transport: 'tcp' } })
    expect(reply.answer).toEqual(records)
    expect(reply.flags).toBe('aa rd')
  })

  test('a truncated transfer has no end', async () => {
    const { answer } = await rig(corefile('truncate 1'))
    const reply = await answer('example.org AXFR', { peer: { transport: 'tcp' } })
    expect(reply.answer.length).toBe(5)
    expect(reply.flags).toBe('aa rd')
  })

  test('a large one has thirty records, which fit 512 octets thanks to name compression', async () => {
    const { answer } = await rig(corefile('drop 0\nlarge'))
    const reply = await answer('example.org A', { peer: { transport: 'tcp' } })
    expect(reply.answer).toEqual(Array.from({ length: 30 }, () => 'example.org. 0 IN A 192.0.2.53'))
    const { flags, wire } = await answer('example.org A')
    expect([flags, wire.length]).toEqual(['aa rd', 509])
  })

  test('a delayed one comes later', async () => {
    const { answer } = await rig(corefile('delay 2 60ms'))
    const started = performance.now()
    await answer('example.org A')
    expect(performance.now() - started).toBeGreaterThan(50)
  })

  test('it is ready for a while', async () => {
    const { ask, instance } = await rig(corefile())
    const found: boolean[] = []
    for (let i = 0; i < 6; i++) {
      found.push(instance.ready())
      await ask('example.org A')
    }
    expect(found).toEqual([false, false, false, true, true, false])
  })
})

test.each([
  ['drop -1', 'Corefile:3:6: erratic: drop: amount must not be negative, got "-1"'],
  ['delay -1', 'erratic: delay: amount must not be negative, got "-1"'],
  ['delay 1 2ms 4', 'erratic: delay: takes at most 2 arguments (delay [AMOUNT] [DURATION]), got "4"'],
  ['delay 15.a', 'erratic: delay: '],
  ['drop 3\ndelay 3 bla', 'erratic: delay: duration must be a duration'],
  ['truncate 15.a', 'erratic: truncate: amount must be a whole number, got "15.a"'],
  ['large 1', 'erratic: large: takes no arguments, got "1"'],
  ['dorp 2', 'erratic: unknown property (did you mean "drop"?), got "dorp"'],
])('%j is wrong', async (properties, message) => {
  expect(await faults(corefile(properties))).toContain(message)
})
