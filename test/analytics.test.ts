import { expect, it } from 'vitest'
import type { AnalyticsPoint } from '../src/analytics.ts'
import { rig } from './plugins/rig.ts'

async function pointsOf(corefile: string, ...questions: string[]): Promise<AnalyticsPoint[]> {
  const points: AnalyticsPoint[] = []
  const analytics = { writeDataPoint: (point: AnalyticsPoint) => void points.push(point) }
  const { ask } = await rig(corefile, { name: 'workers', hostname: 'FRA', analytics })
  for (const question of questions) await ask(question, { do: true })
  return points
}

const LINES = `template IN A example.org {
    answer "{{ .Name }} 60 IN A 192.0.2.1"
}
template IN ANY example.org {
    rcode NXDOMAIN
}`

it('each query at the edge writes one point, as the page of prometheus says', async () => {
  const corefile = `example.org {\nview v {\nexpr true\n}\nprometheus\nacl {\ndrop type TXT\n}\n${LINES}\n}`
  const points = await pointsOf(corefile, 'WWW.example.org A', 'www.example.org MX', 'www.example.org TXT')
  expect(points.map(({ indexes }) => indexes)).toEqual(
    Array(3)
      .fill([['example.org.']])
      .flat(),
  )
  expect(points.map(({ blobs }) => blobs.join(' '))).toEqual([
    'https://:443 example.org. v https A NOERROR template NOERROR FRA www.example.org.',
    'https://:443 example.org. v https MX NXDOMAIN template NXDOMAIN FRA www.example.org.',
    'https://:443 example.org. v https TXT   OTHERERROR FRA www.example.org.',
  ])
  for (const { doubles } of points) {
    expect(doubles).toHaveLength(4)
    expect(doubles[0]).toBeGreaterThanOrEqual(0)
    expect(doubles[0]).toBeLessThan(5)
  }
  expect(points.map(({ doubles }) => doubles.slice(1))).toEqual([
    [44, 60, 1],
    [44, 44, 1],
    [44, 0, 1],
  ])
})

it('also without prometheus, and where no block is for the query', async () => {
  const points = await pointsOf(`example.org {\n${LINES}\n}`, 'www.example.org A', 'www.example.net A')
  expect(points.map(({ blobs }) => blobs.join(' '))).toEqual([
    'https://:443 example.org.  https A NOERROR  NOERROR FRA www.example.org.',
    'https://:443 dropped  https A REFUSED  OTHERERROR FRA www.example.net.',
  ])
})

it('an index has at most 96 octets', async () => {
  const zone = `${'a'.repeat(60)}.${'b'.repeat(60)}.`
  const [{ indexes, blobs }] = await pointsOf(`${zone} {\nwhoami\n}`, `${zone} A`)
  expect([indexes[0].length, blobs[1]]).toEqual([96, zone])
})

it('a dataset that fails costs no answer', async () => {
  const analytics = {
    writeDataPoint: () => {
      throw new Error('no more')
    },
  }
  const { answer } = await rig('. {\nerrors\nwhoami\n}', { name: 'workers', analytics })
  expect((await answer('www.example.org A')).rcode).toBe('NOERROR')
})
