import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { digestFile, readImageFile, writeImageFile } from '../../src/runtime/node-imagefile.ts'

const IMAGE = Uint8Array.from({ length: 3_000_000 }, (_, i) => i * i)
const NOTE = { path: 'zones/db', warnings: ['db:1: ä'], includes: [['a', 'b']] } as const

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-image-'))
  file = join(folder, 'a.zone')
})
afterEach(() => rmSync(folder, { recursive: true }))

it('reads what was written', async () => {
  writeImageFile(file, IMAGE, NOTE)
  const { image, note } = (await readImageFile(file))!
  expect(note).toEqual(NOTE)
  expect(image.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(Buffer.from(image).equals(IMAGE)).toBe(true)
})

it('writes over no other file', () => {
  writeFileSync(file, '')
  expect(() => writeImageFile(file, IMAGE, NOTE)).toThrow('EEXIST')
})

it('reads nothing that is damaged', async () => {
  writeImageFile(file, IMAGE.subarray(0, 5000), NOTE)
  const whole = readFileSync(file)
  const damaged = [whole.subarray(1), whole.subarray(0, -1), whole.subarray(0, 40), Buffer.alloc(0), Buffer.alloc(500)]
  for (let at = 0; at < whole.length; at += at < 4900 ? 97 : 1)
    damaged.push(Buffer.concat([whole.subarray(0, at), Buffer.of(whole[at] ^ 16), whole.subarray(at + 1)]))
  for (const bytes of damaged) {
    writeFileSync(file, bytes)
    expect(await readImageFile(file)).toBeUndefined()
  }
})

it('digests as sha256sum does', async () => {
  writeFileSync(file, 'abc')
  expect(await digestFile(file)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  writeFileSync(file, Buffer.alloc(2_500_000))
  expect(await digestFile(file)).toBe('382ec408afd51de29f84bd9d5b43cdfebe2f89532950e0259fdfb2271894b6de')
})
