import { COLLECTION_BUILTINS } from './builtins/collections.ts'
import { CONVERSION_BUILTINS } from './builtins/conversions.ts'
import { NUMBER_BUILTINS } from './builtins/numbers.ts'
import type { Builtin } from './builtins/signature.ts'
import { STRING_BUILTINS } from './builtins/strings.ts'
import { TIME_BUILTINS } from './builtins/times.ts'
import { PREDICATES } from './predicates.ts'

/** The functions of the expression language but for those with predicates, by name. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  [...STRING_BUILTINS, ...NUMBER_BUILTINS, ...COLLECTION_BUILTINS, ...CONVERSION_BUILTINS, ...TIME_BUILTINS].map(
    (builtin) => [builtin.name, builtin],
  ),
)

/** Is it a function of the language, with a predicate or without? */
export const isBuiltin = (name: string): boolean => BUILTINS.has(name) || PREDICATES.has(name)
