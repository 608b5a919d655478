import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import type { ImportSource } from '../corefile/import.ts'
import type { Corefile } from '../corefile/parse.ts'
import { isPipe, readPipeNow, readWholeNow } from '../runtime/node-read.ts'
import { systemReason } from '../runtime/node-reason.ts'
import { type CorefileRecord, type CorefileSource, parseSource, recordSource } from '../runtime/recording.ts'

/** What is served where neither a flag nor the folder brings a Corefile. */
const builtIn = (port = 1053): string => `.:${port} {\n    whoami\n    log\n}\n`

const DEFAULT_FILE = 'Corefile'

/** A Corefile as read from this machine. */
export interface Reading {
  /** What was read, complete even where parsing failed half-way: for telling whether anything changed. */
  readonly record: CorefileRecord
  /** Throws ConfigErrors. */
  readonly corefile: () => Corefile
}

/** The Corefile that a command line names: `-conf`, or ./Corefile, or else the built-in one. It stays the same one. */
export class CorefileReader {
  readonly file: string
  readonly #read: () => string

  /** `stdin` or `-` reads from there. `port` is for the built-in one. */
  constructor(conf: string | undefined, port: number | undefined) {
    // As of a variable of the shell that is not set.
    if (conf === '') throw new ConfigErrors([new ConfigError('-conf: must name a file, got ""')])
    if (conf === 'stdin' || conf === '-') {
      this.file = 'stdin'
      this.#read = once(() => textOf('stdin', () => readFileSync(0)))
    } else if (conf !== undefined || existsSync(DEFAULT_FILE)) {
      const file = conf ?? DEFAULT_FILE
      this.file = file
      this.#read = isPipe(file) ? once(() => textOf(file, readPipeNow)) : () => textOf(file, readWholeNow)
    } else {
      this.file = '(built-in)'
      this.#read = () => builtIn(port)
    }
  }

  /** Reads it as it is now. Throws ConfigErrors where the file itself cannot be read. */
  read(): Reading {
    const original: CorefileSource = {
      file: this.file,
      text: this.#read(),
      env: process.env,
      imports: new FolderImports(),
    }
    const { record, source } = recordSource(original)
    const parsed = attempt(() => parseSource(source))
    return { record, corefile: parsed }
  }
}

/** Does it now, and gives or throws what came out whenever asked. */
function attempt<T>(make: () => T): () => T {
  try {
    const made = make()
    return () => made
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** Equal for equal configurations: SHA-512, in hexadecimal digits. */
export function fingerprint(record: CorefileRecord): string {
  return createHash('sha512').update(JSON.stringify(record)).digest('hex')
}

/** What can be read only once: a reload sees the same again. */
function once(read: () => string): () => string {
  let text: string | undefined
  return () => (text ??= read())
}

function textOf(file: string, read: (file: string) => Buffer): string {
  try {
    return read(file).toString()
  } catch (error) {
    throw new ConfigErrors([new ConfigError(`cannot read ${file}: ${systemReason(error)}`)])
  }
}

/** Imported files, relative to the file that imports them. */
export class FolderImports implements ImportSource {
  read(path: string, from: string): string | undefined {
    try {
      return readWholeNow(resolve(path, from)).toString()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new Error(systemReason(error))
    }
  }

  glob(pattern: string, from: string): string[] {
    const cwd = dirname(from)
    const isFile = (path: string): boolean =>
      statSync(resolve(path, from), { throwIfNoEntry: false })?.isFile() ?? false
    return globSync(pattern, { cwd }).filter(isFile).sort()
  }
}

const resolve = (path: string, from: string): string => (isAbsolute(path) ? path : join(dirname(from), path))
