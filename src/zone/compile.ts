import type { Name } from '../dns/name.ts'
import { checkZone } from './check.ts'
import { ZoneData } from './data.ts'
import { ZoneError, ZoneErrors } from './error.ts'
import { factsOf, type ZoneFacts } from './facts.ts'
import { ZoneImage } from './image.ts'
import { type IncludedFile, type IncludeReader, type Outside, readMasterFile } from './master.ts'
import { Problems, TooManyErrors } from './problems.ts'
import { type Allocate, writeImage } from './write.ts'

const NEWLINE = 10

/** What a compilation needs besides the text. */
export interface CompileOptions {
  readonly origin: Name
  /** The file's name in messages. */
  readonly file: string
  /** Reads what `$INCLUDE` names; without it `$INCLUDE` is an error. */
  readonly include?: IncludeReader
  /** Makes the memory for the image; an ArrayBuffer by default. */
  readonly allocate?: Allocate
}

/**
 * Compiles a master file (RFC 1035 §5) into an image. Throws ZoneErrors with everything wrong; what is only doubtful is
 * told in the image's `warnings`.
 */
export function compileZone(text: Uint8Array, options: CompileOptions): ZoneImage {
  try {
    return compile(text, options)
  } catch (error) {
    // There is no room: for the tables of a huge zone, or in the offsets of its image.
    if (error instanceof RangeError) throw new ZoneErrors([new ZoneError(error.message, options.file)])
    throw error
  }
}

function compile(text: Uint8Array, options: CompileOptions): ZoneImage {
  const data = new ZoneData(options.origin, linesOf(text), text.length)
  const problems = new Problems()
  const facts = examine(data, problems, () => readMasterFile(text, options.file, data, problems, options.include))
  if (!facts) throw new ZoneErrors(problems.errors)
  const bytes = writeImage(data, facts, options.allocate ?? ((size) => new ArrayBuffer(size)))
  return new ZoneImage(bytes, problems.allWarnings())
}

function linesOf(text: Uint8Array): number {
  let lines = 1
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) lines++
  return lines
}

/** Reads and checks; undefined where something is wrong. */
function examine(data: ZoneData, problems: Problems, read: () => Outside): ZoneFacts | undefined {
  try {
    const outside = read()
    checkZone(data, problems, outside)
    const facts = factsOf(data, problems)
    return problems.errors.length === 0 ? facts : undefined
  } catch (error) {
    if (error instanceof TooManyErrors) return undefined
    throw error
  }
}

/** Reads the file that `$INCLUDE path` names in the file `from`; rejects with a one-line reason. */
export type AsyncIncludeReader = (path: string, from: string) => Promise<IncludedFile>

/** As `compileZone`, for files that have to be waited for: compiles again when what was missing has been read. */
export async function compileZoneAsync(
  text: Uint8Array,
  options: Omit<CompileOptions, 'include'>,
  read: AsyncIncludeReader,
): Promise<ZoneImage> {
  const files = new Map<string, IncludedFile | Error>()
  for (;;) {
    const missing = new Map<string, Promise<IncludedFile>>()
    const include = (path: string, from: string): IncludedFile => {
      const key = JSON.stringify([path, from])
      const file = files.get(key)
      if (file instanceof Error) throw file
      if (!file && !missing.has(key)) missing.set(key, read(path, from))
      return file ?? { path, bytes: new Uint8Array(0) }
    }
    const compiled = attempt(() => compileZone(text, { ...options, include }))
    if (missing.size === 0) return compiled()
    for (const [key, reading] of missing) files.set(key, await reading.catch((error: Error) => error))
  }
}

/** The outcome of an action, to be had or thrown later. */
function attempt<T>(action: () => T): () => T {
  try {
    const value = action()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
