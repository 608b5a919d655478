import type { NodeOf } from './ast.ts'
import type { Checker } from './check.ts'
import { ExpressionError } from './error.ts'
import { ANY, arrayOf, BOOL, FLOAT, INT, isAny, mapOf, maybe, type Type, typeText } from './types.ts'

/** The type of a call of a function with a predicate: `all`, `filter`, `reduce` … Throws ExpressionError. */
export function checkPredicate({ name, args, at }: NodeOf<'builtin'>, checker: Checker): Type {
  const [array, predicate, extra] = args
  const collection = checker.check(array)
  if (!maybe(collection, 'array')) {
    throw new ExpressionError(`builtin ${name} takes only array (got ${typeText(collection)})`, array.at)
  }
  const element = collection.kind === 'array' ? collection.of : ANY
  if (!predicate) return name === 'count' ? INT : sumType(element)
  const more: { readonly [name: string]: Type } = name === 'reduce' ? { acc: ANY } : {}
  const result = checker.within({ '': element, index: INT, ...more }, predicate)
  const third = extra && checker.check(extra)
  if (BOOLEAN.includes(name) && !maybe(result, 'bool')) {
    throw new ExpressionError(`predicate should return boolean (got ${typeText(result)})`, predicate.at)
  }
  if (name === 'sortBy' && third && !maybe(third, 'string')) {
    throw new ExpressionError(`sortBy order argument must be a string (got ${typeText(third)})`, extra.at)
  }
  const type = resultType(name, collection, element, result)
  if (!type) throw new ExpressionError(`unknown builtin ${name}`, at)
  return type
}

const BOOLEAN = ['all', 'none', 'any', 'one', 'filter', 'count', 'find', 'findIndex', 'findLast', 'findLastIndex']

const sumType = (element: Type): Type => (maybe(element, 'int', 'float') && !isAny(element) ? element : ANY)

function resultType(name: string, collection: Type, element: Type, result: Type): Type | undefined {
  switch (name) {
    case 'all':
    case 'none':
    case 'any':
    case 'one':
      return BOOL
    case 'filter':
    case 'sortBy':
      return isAny(collection) ? arrayOf(ANY) : collection
    case 'map':
      return arrayOf(result)
    case 'count':
    case 'findIndex':
    case 'findLastIndex':
      return INT
    case 'find':
    case 'findLast':
      return element
    case 'groupBy':
      return mapOf(arrayOf(element))
    case 'sum':
      return result.kind === 'int' ? INT : result.kind === 'float' ? FLOAT : ANY
    case 'reduce':
      return result
  }
  return undefined
}
