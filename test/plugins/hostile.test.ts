import { expect, it, onTestFinished } from 'vitest'
import { GOOD, good, OVER_TCP, OVER_UDP, reset } from '../upstream/misbehaviour.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { type Scripted, scripted } from '../upstream/scripted.ts'
import { type AskOptions, type Rig, rig } from './rig.ts'

/** What clients get from upstreams that misbehave. */

async function outcome(forward: Rig, how: AskOptions): Promise<string> {
  const start = performance.now()
  const { rcode, flags, answer, errors } = await forward.answer('www.example.org', { do: true, bufsize: 4096, ...how })
  if (performance.now() - start > 5000) return 'too late'
  if (flags.includes('tc')) return 'TC'
  return (
    [...answer.map((line) => line.replace('WWW.EXAMPLE.ORG', 'www.example.org'))].join() ||
    `${rcode} ${errors[0]?.slice(0, 2)}`
  )
}

const forwarder = (upstreams: readonly Scripted[], properties: string): Promise<Rig> =>
  rig(
    `. {\n forward . ${upstreams.map(({ address }) => address).join(' ')} {\n policy sequential\n ${properties}\n }\n}`,
    { runtime: new NetRuntime() },
  )

it.each([
  ['UDP', OVER_UDP, ''],
  ['TCP', OVER_TCP, 'force_tcp'],
] as const)('over %s', { timeout: 20_000 }, async (_, cases, properties) => {
  const found = await Promise.all(
    cases.map(async ([what, script]) => {
      const bad = await scripted(script)
      const behind = await scripted((asked) => good(asked))
      const alone = await forwarder([bad], properties)
      const helped = await forwarder([bad, behind], properties)
      const [first, second] = await Promise.all([outcome(alone, {}), outcome(helped, {})])
      return [what, first, second]
    }),
  )
  expect(found).toEqual(cases.map(([what, , alone]) => [what, alone, GOOD]))
})

it('64 KB from an upstream that was asked over UDP reach a client over TCP', async () => {
  const records = Array.from({ length: 250 }, (_, i) => `www.example.org. 60 IN TXT "${`${i}`.padEnd(240, 'x')}"`)
  const upstream = await scripted((asked) => asked.reply(records))
  const forward = await forwarder([upstream], 'prefer_udp')
  const { answer } = await forward.answer('www.example.org TXT', { peer: { transport: 'tcp' } })
  expect(answer).toEqual(records)
  expect(upstream.log).toEqual(['udp www.example.org. TXT'])
})

it('an upstream that closes every connection at once costs no more connections than tries', async () => {
  let connections = 0
  const upstream = await scripted((asked) => {
    connections++
    return reset(asked)
  })
  const forward = await forwarder([upstream], 'force_tcp\nmax_fails 0')
  onTestFinished(() => forward.stop())
  expect(await outcome(forward, {})).toBe('SERVFAIL 23')
  expect(connections).toBe(2)
})
