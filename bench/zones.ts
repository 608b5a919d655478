import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseName } from '../src/dns/name.ts'
import { NodeFiles } from '../src/runtime/node-files.ts'
import { median } from './load.ts'
import { answered, askings, compare, handled, type Subject, serverOf, uniform, zipf } from './lookups.ts'
import { missTimes } from './memory.ts'
import { peers } from './peers.ts'
import { report } from './report.ts'
import { freePort } from './servers.ts'
import { type Start, timeStart } from './start.ts'
import { writeZone, ZONE } from './zonetext.ts'

/** A zone of a million records: how long until it is served, in how much memory, and what a lookup costs in it. */
const NAMES = 500_000
const FEW = 3
const ROUNDS = 5
const TEXT = 'coredge, text'
const NODE = [process.execPath, `${import.meta.dirname}/../src/node.ts`]

const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const big = join(folder, 'big.zone')
const small = join(folder, 'small.zone')
try {
  const names = writeZone(big, NAMES)
  const few = writeZone(small, FEW)
  const load = loadavg()[0].toFixed(1)
  console.log(
    `${2 * NAMES} records in ${NAMES} names, ${(statSync(big).size / 1e6).toFixed(1)} MB of text; ` +
      `load ${load} on ${availableParallelism()} cores\n`,
  )
  await starts(names)
  await lookups(names, few)
} finally {
  rmSync(folder, { recursive: true })
}

async function starts(names: readonly string[]): Promise<void> {
  const subjects = [coredge(TEXT, false), coredge('coredge, kept image', true), ...peers()]
  const results = new Map<string, Start[]>(subjects.map(({ name }) => [name, []]))
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, command } of subjects) {
      const place = mkdtempSync(join(folder, 'server-'))
      const port = await freePort()
      const line = command(place, ZONE, big, port)
      const question = `${names[Math.floor(Math.random() * names.length)]}.${ZONE}.`
      results.get(name)!.push(await timeStart(line, port, question))
    }
  const msOf = (name: string): number => median(results.get(name)!.map(({ ms }) => ms))
  for (const [name, taken] of results) {
    const megabytes = (field: 'resident' | 'peak'): string =>
      `${Math.round(median(taken.map((start) => start[field])) / 1e6)} MB`
    const ms = msOf(name)
    const more = `${(ms / 1000).toFixed(2)} s; resident ${megabytes('resident')}, peak ${megabytes('peak')}`
    report({ path: `zones: start, ${name}`, beside: TEXT, ratio: ms / msOf(TEXT), sense: 'most', more })
  }
}

/** coredge, whose cache folder is there from the last round or is new. The code of its modules is kept in both. */
function coredge(name: string, isWarm: boolean) {
  const cache = join(folder, 'cache')
  return {
    name,
    command(place: string, zone: string, file: string, port: number): readonly string[] {
      mkdirSync(cache, { recursive: true, mode: 0o700 })
      if (!isWarm) rmSync(join(cache, 'zones'), { recursive: true, force: true })
      writeFileSync(join(place, 'Corefile'), `${zone}:${port} {\n bind 127.0.0.1\n file ${file}\n}\n`)
      return ['env', `COREDGE_CACHE=${cache}`, ...NODE, '-conf', join(place, 'Corefile')]
    },
  }
}

async function lookups(names: readonly string[], few: readonly string[]): Promise<void> {
  const image = await new NodeFiles().zone(big, parseName(`${ZONE}.`))
  console.log(`\nimage: ${(image.bytes.length / image.records).toFixed(1)} octets per record\n`)
  const server = await serverOf(big)
  const subjects: Subject[] = [
    { server: await serverOf(small), pick: uniform(few) },
    { server, pick: zipf(names) },
    { server, pick: uniform(names) },
  ]
  for (const [how, run] of Object.entries({ handler: handled, 'whole answer': answered }))
    for (const [what, asking] of Object.entries(askings)) {
      const [base, ...others] = compare(subjects, run, asking)
      for (const [i, ns] of others.entries())
        report({
          path: `zones: ${how}, ${what}, ${['Zipf', 'uniform'][i]}`,
          beside: 'ten records',
          ratio: ns / base,
          sense: 'most',
          ...(how === 'handler' && what === 'mixed' ? { goal: 1.15 } : {}),
          more: `${Math.round(ns)} ns, ${Math.round(base)} ns`,
        })
    }
  floor(image.bytes)
}

/** What the lookups of the mixture cannot save: one in three looks at the index and at a node. */
function floor(image: Uint8Array): void {
  const index = image.subarray(0, NAMES * 1.25 * 4)
  const [ofIndex, ofImage] = missTimes([index, image])
  console.log(
    `\nmemory: a read at a random place of the index takes ${Math.round(ofIndex)} ns more than one from the cache, ` +
      `of the image ${Math.round(ofImage)} ns; so a query of the mixture waits ${Math.round((ofIndex + ofImage) / 3)} ns\n`,
  )
}
