import { MessageChannel } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { Calls, type Handlers } from '../../src/runtime/node-calls.ts'

function pair(one: Handlers, other: Handlers): [Calls, Calls] {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  return [new Calls(port1, one), new Calls(port2, other)]
}

it('calls go both ways, and answers come to who asked', async () => {
  const slow = (n: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(n), n))
  const [one, other] = pair({ double: (n: number) => 2 * n }, { slow })
  expect(await Promise.all([one.call('slow', 20), one.call('slow', 1), other.call('double', 21)])).toEqual([20, 1, 42])
})

it('what the other end throws is thrown, with its properties', async () => {
  const [one] = pair(
    {},
    {
      fail: () => {
        throw Object.assign(new Error('as asked'), { code: 'ASKED' })
      },
    },
  )
  await expect(one.call('fail')).rejects.toMatchObject({ message: 'as asked', code: 'ASKED' })
  await expect(one.call('nothing of the kind')).rejects.toThrow()
})

it('nobody waits for an end that is gone', async () => {
  const [one] = pair({}, { never: () => new Promise(() => {}) })
  const waiting = one.call('never')
  one.end(new Error('gone'))
  await expect(waiting).rejects.toThrow('gone')
  await expect(one.call('never')).rejects.toThrow('gone')
})
