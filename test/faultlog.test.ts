import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FaultLog } from '../src/faultlog.ts'

let lines: string[] = []
let faults: FaultLog

beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  faults = new FaultLog((line) => lines.push(line))
})
afterEach(() => {
  vi.useRealTimers()
})

/** What was written since the last call. */
const written = (): string[] => lines.splice(0)

function fail(times: number, reason: string): void {
  for (let i = 0; i < times; i++) faults.add(reason, () => `www${i}.example.org. A: ${reason}`)
}

describe('failures of one kind', () => {
  it('are told at once, then by their number each second, for as long as they go on', () => {
    fail(2000, 'no answer')
    expect(written()).toEqual(['www0.example.org. A: no answer'])
    vi.advanceTimersByTime(1000)
    expect(written()).toEqual(['no answer (1999 more)'])
    fail(3, 'no answer')
    vi.advanceTimersByTime(999)
    expect(written()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(written()).toEqual(['no answer (3 more)'])
  })

  it('are told anew after a second without any', () => {
    fail(1, 'no answer')
    vi.advanceTimersByTime(1000)
    fail(1, 'no answer')
    expect(written()).toEqual(['www0.example.org. A: no answer', 'www0.example.org. A: no answer'])
  })

  it('are counted where no timer fires, as at the edge', () => {
    const { setTimeout } = globalThis
    globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout
    try {
      fail(5, 'no answer')
      vi.advanceTimersByTime(5000)
      fail(1, 'no answer')
      expect(written()).toEqual(['www0.example.org. A: no answer', 'no answer (4 more)'])
    } finally {
      globalThis.setTimeout = setTimeout
    }
  })
})

describe('failures of several kinds', () => {
  it('do not hide each other', () => {
    fail(1000, 'no answer')
    fail(1, 'TypeError: x is undefined')
    expect(written()).toEqual(['www0.example.org. A: no answer', 'www0.example.org. A: TypeError: x is undefined'])
  })

  it('are told apart up to ten at a time', () => {
    for (let i = 0; i < 100; i++) fail(1, `reason ${i}`)
    expect(written()).toHaveLength(10)
    vi.advanceTimersByTime(1000)
    expect(written()).toEqual(['90 more failures for other reasons'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
