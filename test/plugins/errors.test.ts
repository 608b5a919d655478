import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { faults, type Rig, rig } from './rig.ts'

class Refused extends Error {
  readonly code = 'ECONNREFUSED'
}

/** A block whose stub fails with the message that a name's first label stands for. */
const failing = (
  errors: string,
  fail: (label: string) => unknown = (label) => new Refused(`${label} failed`),
): Promise<Rig> =>
  rig(`. {\n${errors}\nstub\n}`, {
    stub: (query) => {
      throw fail(new TextDecoder().decode(query.name.subarray(1, 1 + query.name[0])))
    },
  })

test('a line for a query that failed', async () => {
  const { answer, runtime } = await failing('errors')
  expect(await answer('Dial.Example.org MX')).toMatchObject({ rcode: 'SERVFAIL', flags: 'rd' })
  expect(runtime.logged).toEqual(['[ERROR] plugin/errors: 2 dial.example.org. MX: Dial failed'])
})

test.each([
  ['errors', 0, 1],
  ['errors {\nstacktrace\n}', 1, 1],
  // And the query.
  ['errors\ndebug', 1, 4],
])('%j shows the stack of unforeseen faults: %i', async (directives, stacks, lines) => {
  const { answer, runtime } = await failing(directives, () => new TypeError('no such property'))
  await answer('example.org A')
  expect(runtime.logged).toHaveLength(lines)
  expect(runtime.logged[0]).toMatch(/^\[ERROR\] plugin\/errors: 2 example\.org\. A: no such property/)
  expect(runtime.logged[0].includes('\n    at ')).toBe(stacks > 0)
})

test('foreseen errors have no stack', async () => {
  const { answer, runtime } = await failing('errors {\nstacktrace\n}')
  await answer('dial.example.org A')
  expect(runtime.logged[0]).not.toContain('\n')
})

test.each([
  [new Error('a\r\n[INFO] forged'), 'a\\u{d}\\u{a}[INFO] forged'],
  ['a string', 'a string'],
  [undefined, 'undefined'],
])('what was thrown stays in its line: %s', async (thrown, text) => {
  const { answer, runtime } = await failing('errors', () => thrown)
  await answer('example.org A')
  expect(runtime.logged).toEqual([`[ERROR] plugin/errors: 2 example.org. A: ${text}`])
})

describe('consolidate', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const timeouts = (count: number): string =>
    `plugin/errors: ${count} errors like '^time.*failed$' occurred in last 1m30s`

  test('tells a number once a period', async () => {
    const { answer, runtime } = await failing('errors {\nconsolidate 90s ^time.*failed$ warning\nconsolidate 1s ^t\n}')
    for (const label of ['timeout', 'timeup', 'other', 'timeout']) await answer(`${label}.example.org A`)
    expect(runtime.logged.splice(0)).toEqual(['[ERROR] plugin/errors: 2 other.example.org. A: other failed'])
    vi.advanceTimersByTime(89_999)
    expect(runtime.logged).toEqual([])
    vi.advanceTimersByTime(1)
    expect(runtime.logged.splice(0)).toEqual([`[WARNING] ${timeouts(3)}`])
    vi.advanceTimersByTime(200_000)
    expect(runtime.logged).toEqual([])
  })

  test.each([
    [1, ['[ERROR] plugin/errors: 2 timeout.org. A: timeout failed']],
    [3, ['[ERROR] plugin/errors: 2 timeout.org. A: timeout failed', `[ERROR] ${timeouts(3)}`]],
  ])('show_first writes the first of %i, and the number of several', async (count, lines) => {
    const { answer, runtime } = await failing('errors {\nconsolidate 90s ^time.*failed$ show_first\n}')
    for (let i = 0; i < count; i++) await answer('timeout.org A')
    vi.advanceTimersByTime(90_000)
    expect(runtime.logged).toEqual(lines)
  })

  test('a stop tells what was counted', async () => {
    const { answer, runtime, stop } = await failing('errors {\nconsolidate 90s ^time.*failed$ info\n}')
    await answer('timeout.org A')
    await stop()
    expect(runtime.logged).toEqual([`[INFO] ${timeouts(1)}`])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('without its timer, the next error ends a period', async () => {
    const { answer, runtime } = await failing('errors {\nconsolidate 90s ^time.*failed$\n}')
    await answer('timeout.org A')
    vi.clearAllTimers() // as the edge does with a request that has ended
    vi.setSystemTime(Date.now() + 90_000)
    await answer('timeout.org A')
    expect(runtime.logged).toEqual([`[ERROR] ${timeouts(1)}`])
  })

  test.each([
    ['', []],
    ['debug', [`[INFO] ${timeouts(1)}`]],
  ])('level debug shows in blocks with debug: %j', async (debug, lines) => {
    const { answer, runtime } = await failing(`${debug}\nerrors {\nconsolidate 90s ^time.*failed$ debug\n}`)
    await answer('timeout.org A')
    vi.advanceTimersByTime(90_000)
    expect(runtime.logged).toEqual(lines)
  })
})

test('attackers do not choose how long a pattern takes', async () => {
  const { answer, runtime } = await failing(
    'errors {\nconsolidate 1h (a+)+$\n}',
    () => new Error(`${'a'.repeat(5000)}!`),
  )
  const start = performance.now()
  await answer('example.org A')
  expect(performance.now() - start).toBeLessThan(1000)
  expect(runtime.logged).toHaveLength(1)
})

test.each([
  ['errors errors.txt', '2:8: errors: destination must be stdout, got "errors.txt"'],
  ['errors\nerrors', '3:1: errors: may stand only once in a server block'],
  ['errors {\nconsolidate 1m\n}', '3:1: errors: consolidate: regexp is missing'],
  ['errors {\nconsolidate 1 a\n}', '3:13: errors: consolidate: duration must be a duration'],
  ['errors {\nconsolidate 1m ())\n}', '3:16: errors: consolidate: regexp is no regular expression'],
  ['errors {\nconsolidate 1m a show_first info\n}', '3:29: errors: consolidate: takes a level'],
  ['errors {\nconsolidate 1m a info debug\n}', '3:23: errors: consolidate: takes a level'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})
