import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Cancelled } from '../../src/hints.ts'
import type { Reply } from '../../src/reply.ts'
import { faults, rig } from './rig.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a chain that waits too long is answered for, and told', async () => {
  let signal: AbortSignal | undefined
  const { answer } = await rig('. {\ncancel 1s\nstub\n}', {
    stub: (query) => {
      signal = query.get(Cancelled)
      return new Promise<Reply>(() => {})
    },
  })
  const reply = answer('example.org A', { do: false })
  await vi.advanceTimersByTimeAsync(999)
  expect(signal?.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(signal?.aborted).toBe(true)
  expect(await reply).toMatchObject({ rcode: 'SERVFAIL', errors: ['0 no answer within 1s'] })
})

test('the default is a little more than clients wait', async () => {
  const { answer } = await rig('. {\ncancel\nstub\n}', { stub: () => new Promise<Reply>(() => {}) })
  const reply = answer('example.org A', { do: false })
  await vi.advanceTimersByTimeAsync(5001)
  expect((await reply).errors).toEqual(['0 no answer within 5.001s'])
})

test('an answer in time is the answer, a failure the failure, and no timer is left', async () => {
  let fails = false
  const { answer, runtime } = await rig('. {\ncancel\nerrors\nstub\n}', {
    stub: async (query) => {
      if (fails) throw new Error('no luck')
      return query.reply({ rcode: 3 })
    },
  })
  expect((await answer('example.org A')).rcode).toBe('NXDOMAIN')
  fails = true
  expect((await answer('example.org A')).rcode).toBe('SERVFAIL')
  expect(runtime.logged).toEqual(['[ERROR] plugin/errors: 2 example.org. A: no luck'])
  expect(vi.getTimerCount()).toBe(0)
})

test('what does not wait needs no timer', async () => {
  const { answer } = await rig('. {\ncancel\nwhoami\n}')
  expect((await answer('example.org A')).rcode).toBe('NOERROR')
  expect(vi.getTimerCount()).toBe(0)
})

test.each(['5', '-1s', '0s', '1s 2s'])('cancel %s is refused', async (timeout) => {
  expect(await faults(`. {\ncancel ${timeout}\n}`)).toContain('Corefile:2:')
})
