import { join } from 'node:path'
import { patternsNeeded } from '../patterns.ts'
import { NodeFiles } from '../runtime/node-files.ts'
import type { Files } from '../runtime/runtime.ts'
import { RecordingFiles, writeAssets } from './assets.ts'
import { type Bundle, bundleWorker } from './bundle.ts'
import { type Command, usageOf } from './command.ts'
import { CorefileReader } from './corefile.ts'
import { examine } from './examine.ts'
import { describeFlags, parseFlags, UsageError } from './flags.ts'
import type { Share } from './shares.ts'

const FLAGS = {
  conf: { value: 'FILE', help: 'the Corefile ($COREDGE_CONF, else ./Corefile)' },
  out: { value: 'FOLDER', help: 'where to put the assets (dist/assets); the Worker goes beside it' },
} as const

const USAGE = usageOf(
  'coredge build [-conf FILE] [-out FOLDER]',
  `Compiles a Corefile, and every file that it names, into the assets that a Worker serves from, and bundles the Worker with
the plugins that it names. Prints what each of them adds to it. Wrangler calls it before it deploys (see
wrangler.toml). Where anything is wrong it says what, with the place, and leaves the last build as it is.`,
  describeFlags(FLAGS),
)

/** `coredge build`. */
export const build: Command = {
  usage: USAGE,
  async run(args) {
    const { flags, words } = parseFlags(args, FLAGS)
    if (words.length > 0) throw new UsageError(`unknown word "${words[0]}"; a Corefile is named by -conf`)
    if (flags.help) {
      console.log(USAGE)
      return 0
    }
    const reader = new CorefileReader(flags.conf ?? process.env.COREDGE_CONF, undefined)
    const folder = flags.out ?? 'dist/assets'
    const { problems, warnings, files, directives } = await buildAssets(reader, folder)
    for (const warning of warnings) console.error(`warning: ${warning}`)
    for (const problem of problems) console.error(problem)
    if (problems.length > 0) return 1
    const bundle = await bundleWorker(join(folder, '../worker'), { patterns: patternsNeeded(), directives })
    console.log(`built ${folder} from ${reader.file}`)
    for (const line of [...files, ...bundleLines(bundle)]) console.log(`  ${line}`)
    return 0
  },
}

/** The size of a bundle, and what each plugin takes of it. */
function bundleLines({ file, size, gzip, shares }: Bundle): string[] {
  const width = Math.max(...shares.map(({ name }) => name.length))
  const line = ({ name, size }: Share): string => `  ${name.padEnd(width)} ${kilobytes(size).padStart(9)}`
  return [`worker ${file}: ${kilobytes(size)}, ${kilobytes(gzip)} compressed by gzip; of that`, ...shares.map(line)]
}

const kilobytes = (octets: number): string => `${(octets / 1000).toFixed(1)} kB`

export interface Build {
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  /** What was taken along, a line each. */
  readonly files: readonly string[]
  /** Of the Corefile. */
  readonly directives: ReadonlySet<string>
}

/** Builds the assets of a Worker in `folder`, from files of this machine. With problems it does nothing. */
export async function buildAssets(
  reader: CorefileReader,
  folder: string,
  files: Files = new NodeFiles(),
): Promise<Build> {
  const recording = new RecordingFiles(files)
  const { record, corefile } = reader.read()
  const { problems, warnings, corefile: read } = await examine({ read: corefile, runtime: 'workers', files: recording })
  if (problems.length === 0) await writeAssets(folder, record, recording)
  const directives = new Set(read?.blocks.flatMap((block) => block.directives.map(({ name }) => name)))
  return { problems, warnings, files: linesOf(recording), directives }
}

function linesOf({ files, zones }: RecordingFiles): string[] {
  const line = (kind: string, key: string, { length }: Uint8Array): string => `${kind} ${key}: ${length} octets`
  return [
    ...[...zones].map(([key, image]) => line('zone', key, image)),
    ...[...files].map(([path, content]) => line('file', path, content)),
  ]
}
