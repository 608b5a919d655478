import { ConfigErrors } from '../../src/corefile/error.ts'
import type { ImportSource } from '../../src/corefile/import.ts'
import { type Line, type ParseOptions, parseCorefile } from '../../src/corefile/parse.ts'
import type { Token } from '../../src/corefile/spec.ts'

/** A Corefile as parsed, printed: keys, and directives with what is in their braces. */
export function outline(text: string, options?: ParseOptions): string[] {
  return parseCorefile(text, options).blocks.flatMap(({ keys, directives }) => [
    keys.map((key) => key.text).join(' '),
    ...directives.flatMap((node) =>
      lineTexts({ ...node, tokens: [{ ...node, text: node.name, quoted: false }, ...node.tokens] }, 1),
    ),
  ])
}

function lineTexts({ tokens, lines }: Line, depth: number): string[] {
  const indent = '  '.repeat(depth)
  const head = indent + tokens.map(wordText).join(' ')
  return lines ? [`${head} {`, ...lines.flatMap((line) => lineTexts(line, depth + 1)), `${indent}}`] : [head]
}

function wordText({ text }: Token): string {
  return /^[^\s{}"]+$/.test(text) && text !== 'import' ? text : JSON.stringify(text)
}

/** All messages of the errors that a Corefile gives. */
export function complaints(text: string, options?: ParseOptions): string[] {
  try {
    parseCorefile(text, options)
  } catch (error) {
    if (error instanceof ConfigErrors) return error.errors.map(({ message }) => message)
    throw error
  }
  return []
}

/** Files for imports, by path; relative ones are looked up as they are. */
export function files(contents: { readonly [path: string]: string }): ImportSource {
  const resolve = (path: string, from: string): string =>
    new URL(path, new URL(from, 'file:///etc/')).pathname.replace(/^\/etc\//, '')
  return {
    read: (path, from) => contents[resolve(path, from)],
    glob(pattern, from) {
      const [before, after] = resolve(pattern, from).split('*')
      return Object.keys(contents)
        .filter((path) => path.startsWith(before) && path.endsWith(after))
        .map((path) => `/etc/${path}`)
    },
  }
}
