import { describe, expect, it } from 'vitest'
import { LineWriter, type LogStream, NodeLog } from '../../src/runtime/node-log.ts'

/** A stream whose writes end when the test says so. */
class Sink implements LogStream {
  readonly writes: string[] = []
  readonly #done: (() => void)[] = []
  #failed: ((error: Error) => void) | undefined
  readonly isSlow: boolean

  constructor(isSlow = false) {
    this.isSlow = isSlow
  }

  write(octets: Uint8Array, done: () => void): void {
    this.writes.push(new TextDecoder().decode(octets))
    if (this.isSlow) this.#done.push(done)
    else done()
  }

  on(_event: 'error', listener: (error: Error) => void): void {
    this.#failed = listener
  }

  /** False where none is under way. */
  finishWrite(): boolean {
    const done = this.#done.shift()
    done?.()
    return done !== undefined
  }

  break(): void {
    this.#failed?.(new Error('EPIPE'))
  }
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('lines of another thread', () => {
  const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

  it('are written as they are, after those that were there before', async () => {
    const sink = new Sink()
    const writer = new LineWriter(sink)
    writer.write('one')
    writer.relay(octets('two\nthree\n'))
    writer.write('four')
    await writer.drain(100)
    expect(sink.writes.join('')).toBe('one\ntwo\nthree\nfour\n')
  })

  it('are dropped and counted where the reader is too slow', async () => {
    const sink = new Sink(true)
    const writer = new LineWriter(sink)
    for (let i = 0; i < 100; i++) writer.relay(octets(`${'x'.repeat(65_534)}\n`))
    for (let i = 0; i < 200 && sink.finishWrite(); i++);
    await soon()
    expect(sink.writes.join('')).toMatch(/\[WARNING\] [1-9]\d* log lines were dropped/)
  })
})

describe('lines', () => {
  it('of one turn are one write', async () => {
    const sink = new Sink()
    const writer = new LineWriter(sink)
    for (let i = 0; i < 100; i++) writer.write(`line ${i}`)
    expect(sink.writes).toEqual([])
    await soon()
    expect(sink.writes).toHaveLength(1)
    expect(sink.writes[0].split('\n')).toHaveLength(101)
  })

  it('wait while a write is under way, and go together after it', async () => {
    const sink = new Sink(true)
    const writer = new LineWriter(sink)
    writer.write('a')
    await soon()
    writer.write('b')
    writer.write('c')
    await soon()
    expect(sink.writes).toEqual(['a\n'])
    sink.finishWrite()
    expect(sink.writes).toEqual(['a\n', 'b\nc\n'])
  })

  it('are written before the turn ends when there are many', () => {
    const sink = new Sink()
    const writer = new LineWriter(sink)
    for (let i = 0; i < 1000; i++) writer.write('x'.repeat(100))
    expect(sink.writes.length).toBeGreaterThan(0)
  })

  it('are dropped and counted when the reader stalls', async () => {
    const sink = new Sink(true)
    const writer = new LineWriter(sink)
    const line = 'x'.repeat(999)
    for (let i = 0; i < 20_000; i++) writer.write(line)
    while (sink.finishWrite());
    const size = sink.writes.reduce((sum, { length }) => sum + length, 0)
    expect(size).toBeLessThan(5 * 1024 * 1024)
    const lines = sink.writes.join('').trimEnd().split('\n')
    const dropped = Number(/^\[WARNING\] (\d+) log lines were dropped/.exec(lines.at(-1)!)![1])
    expect(dropped + lines.length - 1).toBe(20_000)
  })

  it('end quietly when the reader has gone', async () => {
    const sink = new Sink(true)
    const writer = new LineWriter(sink)
    writer.write('a')
    await soon()
    sink.break()
    writer.write('b')
    await writer.drain(10)
    sink.finishWrite()
    await soon()
    expect(sink.writes).toEqual(['a\n'])
  })
})

it('lines of octets stand among those of text, in order', async () => {
  const out = new Sink()
  const log = new NodeLog(out, new Sink())
  const octets = new TextEncoder().encode('zwei ü')
  log.info('eins')
  log.infoOctets(octets)
  octets.fill(0x78)
  log.print('drei')
  for (let i = 0; i < 2000; i++) log.infoOctets(new TextEncoder().encode(`${i} ${'x'.repeat(i % 90)}`))
  await log.drain()
  const lines = out.writes.join('').trimEnd().split('\n')
  expect(lines.slice(0, 3)).toEqual(['[INFO] eins', '[INFO] zwei ü', 'drei'])
  expect(lines.slice(3)).toEqual(Array.from({ length: 2000 }, (_, i) => `[INFO] ${i} ${'x'.repeat(i % 90)}`))
})

describe('draining', () => {
  it('settles when all is written', async () => {
    const sink = new Sink(true)
    const writer = new LineWriter(sink)
    writer.write('a')
    let isDrained = false
    const drained = writer.drain(5000).then(() => {
      isDrained = true
    })
    writer.write('b')
    await soon()
    expect(isDrained).toBe(false)
    sink.finishWrite()
    sink.finishWrite()
    await drained
    expect(sink.writes.join('')).toBe('a\nb\n')
  })

  it('waits no longer than it may', async () => {
    const writer = new LineWriter(new Sink(true))
    writer.write('a')
    const start = performance.now()
    await writer.drain(20)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

it('information goes to stdout, warnings and errors to stderr', async () => {
  const out = new Sink()
  const err = new Sink()
  const log = new NodeLog(out, err)
  log.print('dns://127.0.0.1:53')
  log.info('one')
  log.warn('two')
  log.error('three')
  await log.drain()
  expect(out.writes.join('')).toBe('dns://127.0.0.1:53\n[INFO] one\n')
  expect(err.writes.join('')).toBe('[WARNING] two\n[ERROR] three\n')
})
