import { describe, expect, it } from 'vitest'
import { FLAG } from '../../src/dns/constants.ts'
import { extendedError } from '../../src/dns/edns.ts'
import { plugin as forward } from '../../src/plugins/forward/setup.ts'
import { plugin as metadata } from '../../src/plugins/metadata/setup.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { scripted } from '../upstream/scripted.ts'
import { type Rig, rig } from './rig.ts'

const modules = [metadata, forward]
const A = ['www.example.org. 60 IN A 192.0.2.1']

const forwarder = (lines: string, runtime = new NetRuntime()): Promise<Rig> =>
  rig(`. {\n${lines}\n}`, { runtime, modules })

describe('one upstream', () => {
  it('passes on answer and flags', async () => {
    const upstream = await scripted((asked) => asked.reply(A, { flags: FLAG.AA | FLAG.RA }))
    const server = await forwarder(`forward . ${upstream.address}`)
    const { rcode, flags, answer } = await server.answer('www.example.org')
    expect({ rcode, flags, answer }).toEqual({ rcode: 'NOERROR', flags: 'aa rd ra', answer: A })
    expect(upstream.log).toEqual(['udp www.example.org. A'])
  })

  it('asks with an OPT of its own, and keeps the client’s options', async () => {
    const seen: unknown[] = []
    const upstream = await scripted((asked) => {
      const { edns } = asked.message
      seen.push([edns?.udpSize, edns?.dnssecOk, edns?.options.length])
      return asked.reply(A, { options: [extendedError(18, 'because')] })
    })
    const server = await forwarder(`forward . ${upstream.address}`)
    await server.answer('www.example.org')
    const cookie = { code: 10, data: new Uint8Array(8) }
    const { errors } = await server.answer('www.example.org', { do: true, bufsize: 4096, options: [cookie] })
    expect(seen).toEqual([
      [1232, false, 0],
      [1232, true, 0],
    ])
    expect(errors).toEqual(['18 because'])
  })
})
