import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { installed, runIn } from './packed.ts'

/**
 * The guides, followed to the letter in a folder where the package is installed: blocks with a file's name are written there,
 * blocks of commands are run, and what an `output` block shows must be in what the commands before it print.
 */
const GUIDES = ['plugins', 'library']

interface Block {
  readonly language: string
  readonly file: string | undefined
  readonly text: string
}

const blocksOf = (guide: string): Block[] =>
  [
    ...readFileSync(new URL(`../../docs/${guide}.md`, import.meta.url), 'utf8').matchAll(
      /^```(\w+)(?: (\S+))?\n(.*?)^```$/gms,
    ),
  ].map(([, language, file, text]) => ({ language, file, text }))

describe.each(GUIDES)('docs/%s.md', (guide) => {
  const blocks = blocksOf(guide)
  const folder = installed([
    'wrangler',
    'miniflare',
    'esbuild',
    '@types',
    'undici-types',
    'typescript',
    '@typescript',
    '@cloudflare',
    'workerd',
  ])
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')

  test('can be followed', { timeout: 240_000 }, async () => {
    let printed = ''
    for (const { language, file, text } of blocks) {
      if (file) {
        mkdirSync(dirname(join(folder, file)), { recursive: true })
        writeFileSync(join(folder, file), text)
      } else if (language === 'sh') {
        const { code, out, err } = await runIn(folder, 'sh', '-ec', text)
        printed = out + err
        expect(code, `${text}\n${printed}`).toBe(0)
      } else if (language === 'output') for (const line of text.trim().split('\n')) expect(printed).toContain(line)
    }
    expect(blocks.filter(({ language }) => language === 'sh').length).toBeGreaterThan(1)
  })

  test('has code of the right types', { timeout: 120_000 }, async () => {
    const files = blocks.flatMap(({ language, file }) => (language === 'ts' && file ? [file] : []))
    const flags =
      '--noEmit --strict --target es2024 --module nodenext --allowImportingTsExtensions --types node --lib es2024,dom,esnext.disposable'
    const { out } = await runIn(
      folder,
      process.execPath,
      'node_modules/typescript/bin/tsc',
      ...flags.split(' '),
      ...files,
    )
    expect(out).toBe('')
    expect(files.length).toBeGreaterThan(2)
  })
})
