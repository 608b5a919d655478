import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { hashQuestion } from '../../src/dns/questionhash.ts'
import { type Linked, SieveTable } from '../../src/plugins/cache/table.ts'

class Item implements Linked<Item> {
  readonly hash: number
  readonly name: Uint8Array
  readonly octets: Uint8Array
  readonly nameLength: number
  readonly type = 1
  readonly class = 1
  readonly bits = 0
  readonly size: number
  visited = false
  chained: Item | undefined
  newer: Item | undefined
  older: Item | undefined

  constructor(text: string, size = 1, hash?: number) {
    this.name = parseName(text)
    this.octets = Uint8Array.of(...this.name, 1, 2, 3)
    this.nameLength = this.name.length
    this.hash = hash ?? hashQuestion(this.name, 1, 1, 0)
    this.size = size
  }
}

const find = (table: SieveTable<Item>, { hash, name }: Item): Item | undefined => table.get(hash, name, 1, 1, 0)
const names = (table: SieveTable<Item>): string[] => [...table].map(({ name }) => String.fromCharCode(name[1]))

describe('SieveTable', () => {
  it('finds without regard to case, and nothing else', () => {
    const table = new SieveTable<Item>(10, 100)
    const item = new Item('www.example.org')
    table.set(item)
    const upper = parseName('WWW.Example.Org')
    expect(table.get(hashQuestion(upper, 1, 1, 0), upper, 1, 1, 0)).toBe(item)
    for (const [type, rclass, bits] of [
      [28, 1, 0],
      [1, 3, 0],
      [1, 1, 1],
    ])
      expect(table.get(item.hash, item.name, type, rclass, bits)).toBeUndefined()
  })

  it('spares what was asked for', () => {
    const table = new SieveTable<Item>(3, 100)
    const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => new Item(name))
    for (const item of [a, b, c]) table.set(item)
    find(table, a)
    table.set(d)
    expect(names(table)).toEqual(['a', 'c', 'd'])
    table.set(e)
    // The hand goes on from where it was: a has lost its mark, but c is next.
    expect(names(table)).toEqual(['a', 'd', 'e'])
    expect(table.evictions).toBe(2)
  })

  it('cuts chains of names made to collide', () => {
    const table = new SieveTable<Item>(1000, 1000)
    for (let i = 0; i < 500; i++) table.set(new Item(`n${i}`, 1, 7))
    expect(table.count).toBe(16)
    expect(find(table, new Item('n499', 1, 7))).toBeDefined()
    expect(find(table, new Item('n0', 1, 7))).toBeUndefined()
  })

  it('takes nothing larger than itself', () => {
    const table = new SieveTable<Item>(10, 100)
    table.set(new Item('a', 60))
    table.set(new Item('b', 101))
    expect(names(table)).toEqual(['a'])
  })

  it('stays within its bounds and consistent, whatever happens', () => {
    const step = fc.record({
      what: fc.constantFrom('set', 'get', 'remove'),
      key: fc.nat(40),
      size: fc.integer({ min: 1, max: 40 }),
      collide: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const table = new SieveTable<Item>(12, 200)
        const last = new Map<number, Item>()
        for (const { what, key, size, collide } of steps) {
          const item = new Item(`n${key}`, size, collide || key % 2 ? key % 3 : undefined)
          // A key keeps its hash.
          const same = last.get(key) ? new Item(`n${key}`, size, last.get(key)!.hash) : item
          if (what === 'set') {
            table.set(same)
            last.set(key, same)
          } else {
            const found = find(table, same)
            if (found) expect(found).toBe(last.get(key))
            if (found && what === 'remove') table.remove(found)
          }
          const all = [...table]
          expect(table.count).toBe(all.length)
          expect(table.octets).toBe(all.reduce((sum, one) => sum + one.size, 0))
          expect(table.count).toBeLessThanOrEqual(12)
          expect(table.octets).toBeLessThanOrEqual(200)
          for (const one of all) expect(find(table, one)).toBe(one)
          for (const one of all) one.visited = one.size % 2 === 0
        }
      }),
    )
  })

  it('grows its index', () => {
    const table = new SieveTable<Item>(10_000, 10_000)
    const items = Array.from({ length: 10_000 }, (_, i) => new Item(`n${i}.example.org`))
    for (const item of items) table.set(item)
    expect(items.every((item) => find(table, item) === item)).toBe(true)
  })
})
