import { nameText } from '../name.ts'
import type { Field, NameRule } from './define.ts'

function nameField(rule: NameRule): Field {
  return {
    rule,
    parse: (words, out, label) => out.append(words.takeName(label)),
    print: (wire) => nameText(wire.name()),
    skip: (wire) => wire.skipName(),
  }
}

/** A name in a type of RFC 1035. */
export const compressedName: Field = nameField({ compress: true, expand: true, fold: true })

/** A name in a type that RFC 3597 §4 lists: never sent compressed, but understood so. */
export const expandedName: Field = nameField({ compress: false, expand: true, fold: true })

/** A name that is never compressed, but small-lettered in canonical form (RFC 4034 §6.2). */
export const foldedName: Field = nameField({ compress: false, expand: false, fold: true })

/** A name in a type that came after RFC 3597: never compressed, never changed. */
export const plainName: Field = nameField({ compress: false, expand: false, fold: false })

/** Any number of names up to the end. */
export const plainNames: Field = {
  parse(words, out, label) {
    while (!words.done) out.append(words.takeName(label))
  },
  print(wire) {
    const names: string[] = []
    while (wire.left > 0) names.push(nameText(wire.name()))
    return names.join(' ')
  },
  skip(wire) {
    while (wire.left > 0) wire.skipName()
  },
}
