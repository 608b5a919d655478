import { expect, test } from 'vitest'
import { FakeRuntime } from '../runtime.ts'
import { faults, rig } from './rig.ts'

/** A machine of two processors. */
const on = (corefile: string) => rig(corefile, { runtime: Object.assign(new FakeRuntime(), { parallelism: 2 }) })

const sockets = async (corefile: string): Promise<number[]> =>
  (await on(corefile)).instance.listeners.map((listener) => listener.sockets)

test.each([
  ['whoami', 1],
  ['multisocket', 2],
  ['multisocket 1', 1],
  ['multisocket 5', 5],
  ['multisocket 1024', 8],
])('. { %s }: %i sockets', async (directive, count) => {
  expect(await sockets(`. {\nbind 127.0.0.1\n${directive}\n}`)).toEqual([count])
})

test('more than four for each processor are not opened', async () => {
  const { instance } = await on('. {\nmultisocket 1024\n}')
  expect(instance.warnings).toEqual([
    'Corefile:2:1: multisocket: 8 sockets in place of 1024: 2 threads can run at a time',
  ])
})

test('the first block of a listener decides', async () => {
  const block = (key: string, directive: string): string => `${key} {\nbind 127.0.0.1\n${directive}\nwhoami\n}\n`
  expect(await sockets(block('a.example', 'multisocket 3') + block('b.example', ''))).toEqual([3])
  expect(await sockets(block('a.example', '') + block('b.example', 'multisocket 3'))).toEqual([1])
  expect(await sockets(block('a.example', 'multisocket 3') + block('b.example:54', 'multisocket 4'))).toEqual([3, 4])
})

test.each([
  ['multisocket text', '2:13: multisocket: sockets must be a whole number, got "text"'],
  ['multisocket 0', '2:13: multisocket: sockets must be at least 1, got "0"'],
  ['multisocket 1025', '2:13: multisocket: sockets must be at most 1024, got "1025"'],
  ['multisocket 2 2', '2:15: multisocket: takes at most 1 argument (multisocket [SOCKETS]), got "2"'],
  ['multisocket 2\nmultisocket 3', '3:1: multisocket: may stand only once in a server block'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})

test('at the edge it has no effect', async () => {
  const { instance } = await rig('. {\nmultisocket\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings.join()).toContain(
    'multisocket: has no effect here: at the edge the platform spreads the load',
  )
})
