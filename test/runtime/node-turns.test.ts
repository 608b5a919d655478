import { expect, it } from 'vitest'
import { Turns } from '../../src/runtime/node-turns.ts'

it('lets no more than so many go at once, in order, failures included', async () => {
  const turns = new Turns(2)
  const order: number[] = []
  let under = 0
  let most = 0
  const act = async (n: number): Promise<number> => {
    order.push(n)
    most = Math.max(most, ++under)
    await new Promise((resolve) => setTimeout(resolve, 5))
    under--
    if (n === 1) throw new Error('failed')
    return n
  }
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((n) => turns.take(() => act(n))))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  expect(order).toEqual([0, 1, 2, 3, 4])
  expect(most).toBe(2)
})
