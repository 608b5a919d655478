import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { faults } from 'coredge/testing'
import { plugin } from '../src/index.ts'

const modules = [plugin]

describe('the examples of the README', () => {
  const page = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/^```corefile\n(.*?)^```$/gms)].map(([, text]) => text)

  it('are there', () => assert.ok(examples.length > 1))
  for (const corefile of examples) it(corefile, async () => assert.equal(await faults(corefile, { modules }), ''))
})
