import { parseClientSubnet } from '../clientsubnet.ts'
import { nearest } from '../corefile/suggest.ts'
import type { EdnsOption } from '../dns/edns.ts'
import { UsageError } from './flags.ts'

/** The `+…` words of `coredge query`, named as dig's. */
export interface QueryOptions {
  readonly short: boolean
  readonly tcp: boolean
  readonly tls: boolean
  /** The path for HTTPS; '' for the usual one. Undefined: not asked for. */
  readonly https: string | undefined
  readonly get: boolean
  /** PEM file with those whose signature makes a certificate good. */
  readonly tlsCa: string | undefined
  readonly recurse: boolean
  readonly checkingDisabled: boolean
  readonly authenticData: boolean
  readonly edns: boolean
  readonly dnssecOk: boolean
  readonly nsid: boolean
  /** The client subnet option (RFC 7871). */
  readonly subnet: EdnsOption | undefined
  readonly bufsize: number
  /** Take a truncated answer as it is. */
  readonly ignore: boolean
  /** Milliseconds for one try, and how many tries. */
  readonly time: number
  readonly tries: number
  /** Parts of the output. */
  readonly show: ReadonlySet<Part>
}

export type Part = (typeof PARTS)[number]
const PARTS = ['comments', 'question', 'answer', 'authority', 'additional', 'stats'] as const

export const OPTIONS_HELP = `Options, with dig's meaning (+no… turns one off):
  +short               only the data of the answer
  +tcp                 over TCP
  +tls                 over TLS
  +https[=PATH]        over HTTPS by POST; +https-get by GET
  +tls-ca=FILE         trust the certificates in FILE
  +dnssec              ask for signatures
  +norecurse +cdflag +adflag +noedns +nsid +bufsize=N +subnet=ADDRESS[/PREFIX]
  +ignore              do not ask again over TCP when the answer was cut short
  +time=S +tries=N     how long to wait, how often to ask (5, 3)
  +noall +answer …     choose the parts printed: ${PARTS.join(' ')}`

type Settings = { -readonly [K in keyof Omit<QueryOptions, 'show'>]: QueryOptions[K] } & { readonly show: Set<Part> }

const SWITCHES: { readonly [word: string]: (settings: Settings, on: boolean) => void } = {
  short: (s, on) => (s.short = on),
  tcp: (s, on) => (s.tcp = on),
  vc: (s, on) => (s.tcp = on),
  tls: (s, on) => (s.tls = on),
  https: (s, on) => (s.https = on ? '' : undefined),
  'https-get': (s, on) => {
    s.https = on ? '' : undefined
    s.get = on
  },
  recurse: (s, on) => (s.recurse = on),
  rec: (s, on) => (s.recurse = on),
  rdflag: (s, on) => (s.recurse = on),
  cdflag: (s, on) => (s.checkingDisabled = on),
  cd: (s, on) => (s.checkingDisabled = on),
  adflag: (s, on) => (s.authenticData = on),
  ad: (s, on) => (s.authenticData = on),
  edns: (s, on) => (s.edns = on),
  dnssec: (s, on) => (s.dnssecOk = on),
  do: (s, on) => (s.dnssecOk = on),
  nsid: (s, on) => (s.nsid = on),
  ignore: (s, on) => (s.ignore = on),
  all: ({ show }, on) => {
    show.clear()
    if (on) for (const part of PARTS) show.add(part)
  },
  ...Object.fromEntries(
    PARTS.map((part) => [part, ({ show }: Settings, on: boolean) => (on ? show.add(part) : show.delete(part))]),
  ),
}

const VALUES: { readonly [word: string]: (settings: Settings, value: string) => void } = {
  https: (s, path) => (s.https = path),
  'https-get': (s, path) => {
    s.https = path
    s.get = true
  },
  'tls-ca': (s, file) => (s.tlsCa = file),
  subnet: (s, value) => (s.subnet = subnetOption(value)),
  bufsize: (s, value) => (s.bufsize = count('bufsize', value, 0, 65_535)),
  time: (s, value) => (s.time = 1000 * count('time', value, 1, 300)),
  timeout: (s, value) => (s.time = 1000 * count('timeout', value, 1, 300)),
  tries: (s, value) => (s.tries = count('tries', value, 1, 100)),
  retry: (s, value) => (s.tries = 1 + count('retry', value, 0, 99)),
}

/** Reads `+…` words. Throws UsageError. */
export function parseQueryOptions(words: readonly string[]): QueryOptions {
  const settings: Settings = {
    short: false,
    tcp: false,
    tls: false,
    https: undefined,
    get: false,
    tlsCa: undefined,
    recurse: true,
    checkingDisabled: false,
    authenticData: false,
    edns: true,
    dnssecOk: false,
    nsid: false,
    subnet: undefined,
    bufsize: 1232,
    ignore: false,
    time: 5000,
    tries: 3,
    show: new Set(PARTS),
  }
  for (const word of words) apply(settings, word)
  return settings
}

function apply(settings: Settings, word: string): void {
  const [, name, value] = word.match(/^\+([^=]*)(?:=(.*))?$/s) ?? []
  const off = name.replace(/^no/, '')
  if (value !== undefined && Object.hasOwn(VALUES, name)) VALUES[name](settings, value)
  else if (value === undefined && Object.hasOwn(SWITCHES, name)) SWITCHES[name](settings, true)
  else if (value === undefined && off !== name && Object.hasOwn(SWITCHES, off)) SWITCHES[off](settings, false)
  else throw new UsageError(unknownOption(word, name))
}

function unknownOption(word: string, name: string): string {
  const meant = nearest(name, [...Object.keys(SWITCHES), ...Object.keys(VALUES)])
  const hint = meant === undefined || meant === name ? '' : ` (did you mean "+${meant}"?)`
  return `unknown option, or a value too many or too few${hint}, got "${word}"`
}

function count(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`+${name}: must be a number of ${min}–${max}, got "${text}"`)
  return value
}

function subnetOption(text: string): EdnsOption {
  const option = parseClientSubnet(text)
  if (!option) throw new UsageError(`+subnet: must be an address or a network, got "${text}"`)
  return option
}
