/** The functions that take a predicate: an expression that is evaluated for each element of an array. */

interface PredicateArgument {
  readonly predicate: boolean
  readonly optional: boolean
}

const value: PredicateArgument = { predicate: false, optional: false }
const predicate: PredicateArgument = { predicate: true, optional: false }
const maybePredicate: PredicateArgument = { predicate: true, optional: true }
const maybeValue: PredicateArgument = { predicate: false, optional: true }

const SHAPES: { readonly [name: string]: readonly PredicateArgument[] } = {
  all: [value, predicate],
  none: [value, predicate],
  any: [value, predicate],
  one: [value, predicate],
  filter: [value, predicate],
  map: [value, predicate],
  count: [value, maybePredicate],
  sum: [value, maybePredicate],
  find: [value, predicate],
  findIndex: [value, predicate],
  findLast: [value, predicate],
  findLastIndex: [value, predicate],
  groupBy: [value, predicate],
  sortBy: [value, predicate, maybeValue],
  reduce: [value, predicate, maybeValue],
}

export const PREDICATES: ReadonlySet<string> = new Set(Object.keys(SHAPES))

export const predicateArguments = (name: string): readonly PredicateArgument[] => SHAPES[name]
