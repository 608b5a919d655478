import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Receiver } from '../../src/upstream/receiver.ts'
import { Waiting } from '../../src/upstream/waiting.ts'

const receiver = (): Receiver => ({
  wire: new Uint8Array(12),
  id: 0,
  nextWaiting: undefined,
  received() {},
  broke() {},
})

it('does what a Map would do', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 600 }), (actions) => {
      const waiting = new Waiting()
      const model = new Map<number, Receiver>()
      for (const [i, action] of actions.entries()) {
        if (action > 0) {
          const one = receiver()
          waiting.add(one)
          expect(model.has(one.id)).toBe(false)
          expect((one.wire[0] << 8) | one.wire[1]).toBe(one.id)
          model.set(one.id, one)
        } else if (model.size > 0) {
          const id = [...model.keys()][i % model.size]
          model.delete(id)
          expect([waiting.delete(id), waiting.delete(id)]).toEqual([true, false])
        }
      }
      expect(waiting.size).toBe(model.size)
      for (const [id, one] of model) expect(waiting.get(id)).toBe(one)
      expect(new Set(waiting.drain())).toEqual(new Set(model.values()))
      expect(waiting.size).toBe(0)
      for (const id of model.keys()) expect(waiting.get(id)).toBeUndefined()
    }),
  )
})
