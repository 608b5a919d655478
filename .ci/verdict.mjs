// Reads the conformance runner's JSON: fails on any case that fails without being listed in .ci/deviations, and on a listed
// case that passes, so that the list stays true.
import { readFileSync } from 'node:fs'

const results = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const listed = new Map(
  readFileSync(new URL('deviations', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf(' ')), line]),
)

const setup = results.setupFails.map(({ id, why }) => [id, why])
const query = results.suites.flatMap(({ suite, fails, startError }) =>
  startError ? [[suite, startError]] : fails.map(({ id, why }) => [id, why.join('; ')]),
)
const failed = new Map([...setup, ...query])
const unexpected = [...failed].filter(([id]) => !listed.has(id))
const stale = [...listed.keys()].filter((id) => !failed.has(id))
for (const [id, why] of unexpected) console.error(`FAIL ${id}\n    ${why}`)
for (const id of stale) console.error(`${id} is listed in .ci/deviations and passes: strike it out`)
for (const id of listed.keys()) if (failed.has(id)) console.log(`differs on purpose: ${listed.get(id)}`)
const total = results.total - failed.size
console.log(
  `conformance: ${total} of ${results.total} cases pass, ${failed.size - unexpected.length} differ on purpose`,
)
process.exit(unexpected.length + stale.length > 0 ? 1 : 0)
