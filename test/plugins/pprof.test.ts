import { expect, test } from 'vitest'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { configure } from '../../src/instance.ts'
import { modules } from '../../src/plugins.gen.ts'
import { nodeRuntime } from '../../src/runtime/node.ts'
import { freePort } from '../e2e/transports.ts'
import { faults, rig } from './rig.ts'

test('profiles of time and memory, one at a time', async () => {
  const port = await freePort()
  const imports = { read: () => undefined, glob: () => [] }
  const text = `. {\npprof 127.0.0.1:${port}\nwhoami\n}`
  const instance = configure({
    corefile: parseCorefile(text, { file: 'Corefile', env: {}, imports }),
    modules,
    runtime: nodeRuntime(),
  })
  await instance.load()
  await instance.start()
  try {
    const get = (path: string) =>
      fetch(`http://127.0.0.1:${port}/debug/pprof/${path}`, { headers: { connection: 'close' } })
    const [first, second] = await Promise.all([get('profile?seconds=1'), get('profile?seconds=1')])
    expect([first.status, second.status].sort()).toEqual([200, 503])
    const profile = (await (first.status === 200 ? first : second).json()) as { nodes: unknown[]; samples: number[] }
    expect(profile.nodes.length).toBeGreaterThan(0)
    expect(profile.samples.length).toBeGreaterThan(0)
    expect(await (await get('heap?seconds=1')).json()).toHaveProperty('head.callFrame')
    expect((await get('profile?seconds=3600')).status).toBe(400)
    expect((await get('profile?seconds=x')).status).toBe(400)
  } finally {
    await instance.stop()
  }
})

test.each([
  ['pprof :1234 -1', '2:13: pprof: takes at most 1 argument'],
  ['pprof /foo', '2:7: pprof: address must '],
  ['pprof {\nblock 20 30\n}', '3:10: pprof: block: takes at most 1 argument'],
  ['pprof {\nblock many\n}', '3:7: pprof: block: rate must be a whole number'],
  ['pprof\npprof', '3:1: pprof: may stand only once in a server block'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})

test('at the edge there is nothing to be had', async () => {
  const { instance } = await rig('. {\npprof\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings.join()).toContain('pprof: has no effect here: at the edge the platform takes profiles')
  expect(instance.edge().resource('/debug/pprof/profile')).toBeUndefined()
})
