import { parseArgs } from 'node:util'
import { didYouMean } from '../corefile/suggest.ts'

/** A wrong command line: printed without a stack, with a hint at --help. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** A flag: what it takes, and what --help says about it. */
export interface Flag {
  /** What stands for the value in --help; left out for a flag that is on or off. */
  readonly value?: string
  readonly short?: string
  readonly help: string
}

export type Flags = { readonly [name: string]: Flag }

/** Values by flag: text where the flag takes a value, true where it does not. */
export type FlagValues<F extends Flags> = {
  readonly [N in keyof F]?: F[N] extends { readonly value: string } ? string : boolean
}

export interface Parsed<F extends Flags> {
  readonly flags: FlagValues<F>
  readonly words: readonly string[]
}

const HELP: Flag = { short: 'h', help: 'show this' }

/**
 * Reads a command line as Go's flag package does, so that CoreDNS's own works: `-conf FILE`, `-conf=FILE`, `-quiet=false`;
 * and the usual `--conf FILE` too. Throws UsageError.
 */
export function parseFlags<const F extends Flags>(args: readonly string[], flags: F): Parsed<F & { help: Flag }> {
  const all = { ...flags, help: HELP }
  const options = Object.fromEntries(
    Object.entries(all).map(([name, { value, short }]) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), ...(short ? { short } : {}) },
    ]),
  )
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const normal = [...args.slice(0, end).flatMap((arg) => normalize(arg, all)), ...args.slice(end)]
  try {
    const { values, positionals } = parseArgs({ args: normal, options, allowPositionals: true })
    return { flags: values as FlagValues<F & { help: Flag }>, words: positionals }
  } catch (error) {
    throw new UsageError(explain(error as NodeJS.ErrnoException, normal, all))
  }
}

/** Rewrites one argument to what parseArgs understands. */
function normalize(arg: string, flags: Flags): string[] {
  const [, name, value] = arg.match(/^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s) ?? []
  if (name === undefined) return [arg]
  const long = name.length > 1 ? name : Object.keys(flags).find((flag) => flags[flag].short === name)
  if (long === undefined || value === undefined) return [`--${long ?? name}`]
  if (!flags[long] || flags[long].value) return [`--${long}=${value}`]
  if (/^(true|t|1)$/i.test(value)) return [`--${long}`]
  if (/^(false|f|0)$/i.test(value)) return []
  throw new UsageError(`-${long}: must be true or false, got "${value}"`)
}

function explain(error: NodeJS.ErrnoException, args: readonly string[], flags: Flags): string {
  if (error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const missing = error.message.match(/'(?:-\w, )?-(-[\w.-]+)/)?.[1]
    return missing ? `${missing}: needs a value` : error.message
  }
  const known = (name: string): boolean => Object.hasOwn(flags, name)
  const word = args.find((arg) => arg.startsWith('--') && !known(arg.slice(2).replace(/=.*/s, ''))) ?? ''
  const name = word.slice(2).replace(/=.*/s, '')
  return `unknown flag -${name}${didYouMean(name, Object.keys(flags)).replace(/"/, `"-`)}`
}

/** The part of --help that lists flags. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries({ ...flags, help: HELP }).map(([name, { short, value, help }]) => {
    const names = short ? `-${name}, -${short}` : `-${name}`
    return [value ? `${names} ${value}` : names, help]
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n')
}
