import { parseArgs } from 'node:util'

/** What the command line says. */
export interface Settings {
  /** Addresses or interfaces to listen on. */
  readonly bind: readonly string[]
  readonly port: number
  /** The longest that anything is kept. Seconds. */
  readonly ttl: number
  /** How many answers and denials are kept; 0 for none, undefined for what coredge keeps. */
  readonly success: number | undefined
  readonly denial: number | undefined
  /** Fetch again before it ends what was asked for so many times; 0: never. */
  readonly prefetch: number
  readonly log: boolean
  readonly dryRun: boolean
  readonly version: boolean
  readonly help: boolean
  readonly pidfile: string | undefined
  /** The servers that are asked: addresses, `tls://` addresses, or a file such as /etc/resolv.conf. */
  readonly destinations: readonly string[]
}

export const USAGE = `Usage: dnscached [FLAGS] [DESTINATION...]

Keeps what other DNS servers answer. A destination is an address, tls://ADDRESS[%NAME], or a file such as /etc/resolv.conf,
which is asked where none is given.

  -bind ADDRESS    where to listen; several with commas between them (127.0.0.1)
  -port PORT       the port, UDP and TCP (5300)
  -ttl SECONDS     the longest that anything is kept (60)
  -success COUNT   how many answers are kept; 0: none
  -denial COUNT    how many denials are kept; 0: none
  -prefetch COUNT  fetch again before it ends what was asked for so many times; 0: never (10)
  -log             write a line for each query
  -pidfile FILE    write the process id there
  -dry-run         print the Corefile, and end
  -version         print the version, and end
`

const FLAGS = {
  bind: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '5300' },
  ttl: { type: 'string', default: '60' },
  success: { type: 'string' },
  denial: { type: 'string' },
  prefetch: { type: 'string', default: '10' },
  log: { type: 'boolean', default: false },
  pidfile: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  version: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Reads the command line, with one dash or two. Throws Error with a reason of one line. */
export function readSettings(args: readonly string[]): Settings {
  const dashed = args.map((arg) => arg.replace(/^-(?=[a-z])/, '-$&'))
  const { values, positionals } = parseArgs({ args: dashed, options: FLAGS, allowPositionals: true })
  const { bind, log, version, help, pidfile } = values
  const count = (flag: 'success' | 'denial'): number | undefined =>
    values[flag] === undefined ? undefined : numberOf(flag, values[flag], 0, 0xffff_ffff)
  return {
    bind: bind.split(',').map((address) => wordOf('bind', address)),
    port: numberOf('port', values.port, 0, 65_535),
    ttl: numberOf('ttl', values.ttl, 1, 0x7fff_ffff),
    success: count('success'),
    denial: count('denial'),
    prefetch: numberOf('prefetch', values.prefetch, 0, 0x7fff_ffff),
    log,
    dryRun: values['dry-run'],
    version,
    help,
    pidfile,
    destinations: (positionals.length > 0 ? positionals : ['/etc/resolv.conf']).map((one) =>
      wordOf('destination', one),
    ),
  }
}

function numberOf(flag: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new Error(`-${flag} must be a number from ${min} to ${max}, got "${text}"`)
  return value
}

/** A word as a Corefile has it. */
function wordOf(what: string, text: string): string {
  if (!/^[^\s"{}#\\]+$/.test(text)) throw new Error(`${what} is no address: "${text}"`)
  return text
}
