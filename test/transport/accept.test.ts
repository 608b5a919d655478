import { describe, expect, it } from 'vitest'
import { mediaType, names, quality } from '../../src/transport/accept.ts'

const TYPE = 'application/dns-message'

describe('quality', () => {
  it.each<[string | undefined, number]>([
    [undefined, 1],
    ['', 1],
    ['*/*', 1],
    [TYPE, 1],
    ['Application/DNS-Message', 1],
    [`${TYPE};q=0.5`, 0.5],
    [`${TYPE}; charset=x; Q=0.25`, 0.25],
    ['application/*', 1],
    ['text/html, */*;q=0.1', 0.1],
    ['application/*;q=0.3, */*;q=0.9', 0.3],
    [`*/*, ${TYPE};q=0`, 0],
    [`${TYPE};q=rubbish`, 1],
    ['application/json', 0],
    ['application/dns', 0],
    ['text/*', 0],
    [',,;', 0],
  ])('%j: %d', (accept, expected) => {
    expect(quality(accept, TYPE)).toBe(expected)
  })
})

describe('names', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['*/*', false],
    ['application/*', false],
    [TYPE, true],
    [`text/html, ${TYPE};q=0.2`, true],
    [`${TYPE};q=0`, false],
  ])('%j: %s', (accept, expected) => {
    expect(names(accept, TYPE)).toBe(expected)
  })
})

it('mediaType leaves parameters out', () => {
  expect(mediaType('Application/DNS-Message; charset=utf-8')).toBe(TYPE)
  expect(mediaType(undefined)).toBe('')
})
