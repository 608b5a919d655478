import { type Corefile, type ServerBlock, SyntaxErrors } from '../corefile/parse.ts'
import { configure, type Instance } from '../instance.ts'
import { nodeRuntime } from '../runtime/node.ts'
import type { Files, Log, Runtime } from '../runtime/runtime.ts'
import { kvBindingFault } from './bindings.ts'
import { absent } from './builtin.ts'
import { describeError } from './errors.ts'
import { modules } from './modules.ts'

/** What is wrong with a Corefile, and what is only doubtful; and where nothing is wrong the instance, loaded. */
export interface Examination {
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  readonly instance: Instance | undefined
  /** As far as it could be read. */
  readonly corefile: Corefile | undefined
  /** What could be set up of it: the instance, or one of each block with its directives that are right. */
  readonly parts: readonly Instance[]
}

export interface ExamineOptions {
  /** Gives the Corefile, or throws what is wrong with it. */
  readonly read: () => Corefile
  /** Where it is to run. */
  readonly runtime: Runtime['name']
  /** Where files are read from; this machine where left out. */
  readonly files?: Files
  readonly defaultPort?: number
}

/** Reads, configures and loads, and gathers everything that is wrong. Opens no sockets and changes nothing. */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const problems = new Set<string>()
  const warnings = new Set<string>()
  const attempt = async <T>(action: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await action()
    } catch (error) {
      for (const line of describeError(error)) problems.add(line)
      return undefined
    }
  }
  const runtime = readingRuntime(options, {
    info: () => {},
    warn: (line) => warnings.add(line),
    error: (line) => problems.add(line),
  })
  const make = (corefile: Corefile): Instance =>
    configure({ corefile, modules, absent, runtime, defaultPort: options.defaultPort })
  const corefile = await attempt(() => readAnyway(options.read, problems))
  if (corefile?.blocks.length === 0) problems.add(`${corefile.files[0]}: there is no server block`)
  const instance = corefile && (await attempt(() => make(corefile)))
  // A wrong directive must not hide what is wrong with the files of others.
  const parts = instance ? [instance] : corefile ? soundParts(corefile, make) : []
  for (const part of parts) await attempt(() => part.load())
  for (const warning of [...(corefile?.warnings ?? []), ...(instance?.warnings ?? [])]) warnings.add(warning)
  const sound = problems.size > 0 ? undefined : instance
  return { problems: inOrder(problems), warnings: [...warnings], instance: sound, corefile, parts }
}

const PLACE = /^(.*?):(\d+):(\d+): /

/** Each file's problems by line and column, files as they were first met; what has no place stays where it was found. */
function inOrder(problems: Iterable<string>): string[] {
  const files = new Map<string | undefined, number>()
  const placed = [...problems].map((text) => {
    const [, file, line, column] = PLACE.exec(text) ?? []
    if (!files.has(file)) files.set(file, files.size)
    return { text, rank: files.get(file)!, line: Number(line ?? 0), column: Number(column ?? 0) }
  })
  return placed.sort((a, b) => a.rank - b.rank || a.line - b.line || a.column - b.column).map(({ text }) => text)
}

/** A slip in the syntax must not hide what is wrong with the rest. */
function readAnyway(read: () => Corefile, problems: Set<string>): Corefile {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SyntaxErrors)) throw error
    for (const line of describeError(error)) problems.add(line)
    return error.corefile
  }
}

/** An instance of each block, with those of its directives that can be set up. */
function soundParts(corefile: Corefile, make: (corefile: Corefile) => Instance): Instance[] {
  const tryToMake = (block: ServerBlock): Instance[] => {
    try {
      return [make({ ...corefile, blocks: [block] })]
    } catch {
      return []
    }
  }
  return corefile.blocks.flatMap((block) => {
    const sound = block.directives.filter((directive) => tryToMake({ ...block, directives: [directive] }).length > 0)
    return tryToMake({ ...block, directives: sound })
  })
}

/** A runtime that reads files and does nothing else. */
function readingRuntime({ runtime: name, files }: ExamineOptions, log: Log): Runtime {
  const node = nodeRuntime(log)
  const refuse = (): Promise<never> => Promise.reject(new Error('no network while a Corefile is checked'))
  return {
    name,
    hostname: node.hostname,
    files: files ?? node.files,
    log,
    connect: refuse,
    lookup: refuse,
    ...(name === 'node'
      ? {
          env: node.env,
          parallelism: node.parallelism,
          datagram: refuse,
          geoDatabases: node.geoDatabases,
          certificateFault: node.certificateFault,
        }
      : { perRequestIo: true, stores: { kvFault: kvBindingFault } }),
    interfaceAddresses: (interfaceName) => (name === 'node' ? node.interfaceAddresses(interfaceName) : undefined),
    waitUntil: (promise) => void promise.catch(() => {}),
  }
}
