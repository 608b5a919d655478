import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Companion } from '../../src/cli/companion.ts'
import { CorefileReader } from '../../src/cli/corefile.ts'
import { Lead } from '../../src/cli/lead.ts'
import { reload } from '../../src/cli/reload.ts'
import type { Family } from '../../src/metrics/family.ts'
import { modules } from '../../src/plugins.gen.ts'
import { nodeRuntime } from '../../src/runtime/node.ts'
import { NodeFiles } from '../../src/runtime/node-files.ts'
import { NodeLog } from '../../src/runtime/node-log.ts'
import { ZoneShare } from '../../src/runtime/node-zoneshare.ts'
import { until } from '../e2e/steadyload.ts'
import { run } from '../e2e/tools.ts'
import { freePort } from '../e2e/transports.ts'

let folder: string
let port: number
let output: string
let lead: Lead
let companion: Companion
const failures: string[] = []

const stream = {
  write(octets: Uint8Array, done: () => void): void {
    output += new TextDecoder().decode(octets)
    done()
  },
  on: () => {},
}
const log = new NodeLog(stream, stream)
const runtime = nodeRuntime(log)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-lead-'))
  port = await freePort()
  output = ''
  const zones = new ZoneShare(new NodeFiles())
  lead = new Lead({ log, zones, defaultPort: port, fail: (reason) => void failures.push(reason) })
  runtime.metrics!.join(() => lead.gather())
  const reader = new CorefileReader(join(folder, 'Corefile'), undefined)
  companion = new Companion({
    reader,
    modules,
    runtime: { ...runtime, files: zones.files },
    defaultPort: port,
    followers: lead,
  })
})
afterEach(async () => {
  await companion.stop()
  rmSync(folder, { recursive: true })
})

const write = (text: string): void => writeFileSync(join(folder, 'Corefile'), text)
const block = (lines: string): string => `. {\n    bind 127.0.0.1\n    multisocket 2\n    ${lines}\n}\n`

/** Long: on a busy machine the first one waits while this thread, which answers half of them, still starts the last. */
const PATIENCE = '+timeout=15'

/** From as many ports: the kernel spreads them over the threads. */
const ask = (times: number): Promise<string[]> =>
  Promise.all(
    Array.from({ length: times }, () =>
      run('dig', ['+noall', '+comments', '+tries=1', PATIENCE, '@127.0.0.1', '-p', `${port}`, 'www.example.org']),
    ),
  )

const asked = (families: readonly Family[]): number =>
  families
    .find(({ name }) => name === 'coredns_dns_requests_total')!
    .samples.reduce((sum, { value }) => sum + (value as number), 0)

it('replaces a thread that dies, says so, and forgets nothing that it has counted', async () => {
  write(block('whoami\n    prometheus 127.0.0.1:0\n    log'))
  await companion.adopt(await companion.prepare())
  await ask(40)
  const before = asked(await runtime.metrics!.gatherAll())
  expect(before).toBe(40)
  const [thread] = lead.threads
  await thread.kill('as the test wants it')
  await until(() => output.includes('[ERROR] thread 2 has ended (as the test wants it); another takes its place'))
  expect(asked(await runtime.metrics!.gatherAll())).toBe(before)
  await until(() => lead.threads.length === 1 && lead.threads[0] !== thread)
  const answers = await ask(40)
  expect(answers.filter((text) => text.includes('NOERROR'))).toHaveLength(40)
  expect(asked(await runtime.metrics!.gatherAll())).toBe(80)
})

it('lines of all threads come to one log', async () => {
  write(block('whoami\n    log . "asked {name}"'))
  await companion.adopt(await companion.prepare())
  await ask(30)
  await until(() => output.match(/\[INFO\] asked www\.example\.org\./g)?.length === 30)
})

it('changes all threads, or none', async () => {
  const answer = (rcode: string): string => block(`template ANY ANY {\n        rcode ${rcode}\n    }`)
  write(answer('NXDOMAIN'))
  await companion.adopt(await companion.prepare())
  const outcomes = async (): Promise<string[]> => [
    ...new Set((await ask(30)).map((text) => /status: (\w+)/.exec(text)?.[1] ?? text)),
  ]
  expect(await outcomes()).toEqual(['NXDOMAIN'])
  write(answer('REFUSED'))
  expect(await reload(companion, log)).toBe(true)
  expect(await outcomes()).toEqual(['REFUSED'])
  write(answer('NO SUCH THING'))
  expect(await reload(companion, log)).toBe(false)
  expect(await outcomes()).toEqual(['REFUSED'])
})
