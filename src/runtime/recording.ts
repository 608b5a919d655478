import type { Env } from '../corefile/env.ts'
import type { ImportSource } from '../corefile/import.ts'
import type { Corefile } from '../corefile/parse.ts'
import { parseCorefile } from '../corefile/parse.ts'

/**
 * All that reading a Corefile asked for: text, variables, imports. As JSON it goes where those are not (into a Worker),
 * and two of them are equal when the configuration is.
 */
export interface CorefileRecord {
  /** The Corefile's name, for positions. */
  readonly file: string
  readonly text: string
  /** Variables named in it; null for one that is not set. */
  readonly env: Record<string, string | null>
  /** By importing file and path; null where there was no such file. */
  readonly imports: Record<string, string | null>
  /** By importing file and pattern. */
  readonly globs: Record<string, readonly string[]>
}

const keyOf = (from: string, path: string): string => `${from}\n${path}`

/** Where a Corefile is read from. */
export interface CorefileSource {
  readonly file: string
  readonly text: string
  readonly env: Env
  readonly imports: ImportSource
}

/** An empty record of `source`, and a source that fills it in while it is read. */
export function recordSource(source: CorefileSource): { record: CorefileRecord; source: CorefileSource } {
  const record: CorefileRecord = { file: source.file, text: source.text, env: {}, imports: {}, globs: {} }
  const imports: ImportSource = {
    read(path, from) {
      const text = source.imports.read(path, from)
      record.imports[keyOf(from, path)] = text ?? null
      return text
    },
    glob(pattern, from) {
      const paths = source.imports.glob(pattern, from)
      record.globs[keyOf(from, pattern)] = paths
      return paths
    },
  }
  const env = new Proxy(source.env, {
    getOwnPropertyDescriptor(variables, name) {
      if (typeof name === 'string') record.env[name] = variables[name] ?? null
      return Reflect.getOwnPropertyDescriptor(variables, name)
    },
  })
  return { record, source: { ...source, env, imports } }
}

/** A source that answers from a record. `env` goes before the variables recorded: a Worker's own bindings. */
export function replaySource(record: CorefileRecord, env: Env = {}): CorefileSource {
  const recorded = Object.entries(record.env).filter((entry): entry is [string, string] => entry[1] !== null)
  return {
    file: record.file,
    text: record.text,
    env: { ...Object.fromEntries(recorded), ...env },
    imports: {
      read: (path, from) => record.imports[keyOf(from, path)] ?? undefined,
      glob: (pattern, from) => record.globs[keyOf(from, pattern)] ?? [],
    },
  }
}

/** Parses what a source has. Throws ConfigErrors. */
export function parseSource({ text, file, env, imports }: CorefileSource): Corefile {
  return parseCorefile(text, { file, env, imports })
}
