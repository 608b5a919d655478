import { expect, test } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { compileZoneAsync } from '../../src/zone/compile.ts'
import { APEX, recordsOf } from './zones.ts'

const encoder = new TextEncoder()
const compile = (text: string, files: { readonly [path: string]: string }) =>
  compileZoneAsync(encoder.encode(text), { origin: parseName('example.'), file: 'zones/db' }, async (path, from) => {
    const place = `${from.slice(0, from.lastIndexOf('/'))}/${path}`
    if (!Object.hasOwn(files, place)) throw new Error(`cannot read ${place}: no such file`)
    return { path: place, bytes: encoder.encode(files[place]) }
  })

test('files that have to be waited for, and those that they include from where they are', async () => {
  const files = { 'zones/sub/a': 'a 300 TXT 1\n$INCLUDE b\n', 'zones/sub/b': 'b 300 TXT 2\n' }
  const image = await compile(`${APEX}$INCLUDE sub/a\nc 300 TXT 3\n$INCLUDE sub/a x\n`, files)
  expect(
    recordsOf(image)
      .slice(2)
      .map((line) => line.replace('.example. 300 IN TXT', '')),
  ).toEqual(['a "1"', 'b "2"', 'c "3"', 'a.x "1"', 'b.x "2"'])
})

test('files that cannot be read are told with all the rest', async () => {
  const files = { 'zones/a': 'a 300 A x\n$INCLUDE none\n' }
  await expect(compile(`${APEX}$INCLUDE a\n`, files)).rejects.toThrow(
    /^zones\/a:1:9: A: .*\nzones\/a:2:10: \$INCLUDE: cannot read zones\/none: no such file$/,
  )
})
