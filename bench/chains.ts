import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from './load.ts'
import { report } from './report.ts'

/** What an answer takes from message to message, without transports, with one plugin or another in the chain. */
interface Variant {
  readonly name: string
  readonly lines: string
  /** `www.example.org A` where left out. */
  readonly question?: string
}

const ROUNDS = 3
const FILE = `file ${import.meta.dirname}/../zones/db.example.org example.org`
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const hosts = join(folder, 'hosts')
const before = (line: string): string => `${line}\n ${FILE}`
const templateOf = (lines: string): string => `template IN A {\n ${lines}\n }`
const PATTERN = '"^ip-(?P<a>\\d+)-(?P<b>\\d+)-(?P<c>\\d+)-(?P<d>\\d+)[.]"'
const GROUPS = '{{ .Group.a }}.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}'
const nets = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`).join(' ')

const VARIANTS: readonly Variant[] = [
  { name: 'file', lines: FILE },
  { name: 'rewrite, of no concern', lines: before('rewrite name suffix .net .org answer auto') },
  {
    name: 'rewrite name exact',
    lines: before('rewrite name a.example.net www.example.org'),
    question: 'a.example.net A',
  },
  {
    name: 'rewrite name suffix, answer auto',
    lines: before('rewrite name suffix .example.net .example.org answer auto'),
    question: 'www.example.net A',
  },
  { name: 'rewrite ttl', lines: before('rewrite ttl suffix example.org 30') },
  { name: 'cache, hit', lines: `cache\n ${templateOf('answer "{{ .Name }} 3600 IN A 192.0.2.1"')}` },
  { name: 'template', lines: templateOf('answer "{{ .Name }} 60 IN A 192.0.2.1"') },
  {
    name: 'template with a pattern',
    lines: templateOf(`match ${PATTERN}\n answer "{{ .Name }} 60 IN A ${GROUPS}"`),
    question: 'ip-192-0-2-1.example.org A',
  },
  { name: 'hosts', lines: `hosts ${hosts}` },
  { name: 'hosts, fallthrough', lines: before(`hosts ${hosts} {\n fallthrough\n }`), question: 'x.example.org A' },
  { name: 'loadbalance', lines: `loadbalance\n hosts ${hosts}` },
  { name: 'loadbalance, of no concern', lines: before('loadbalance') },
  { name: 'acl', lines: before('acl {\n allow net 127.0.0.0/8\n block\n }') },
  { name: 'acl, 1000 networks', lines: before(`acl {\n block net ${nets}\n }`) },
  { name: 'view', lines: before(`view a {\n expr incidr(client_ip(), '127.0.0.0/8')\n }`) },
  { name: 'minimal', lines: before('minimal') },
  { name: 'header', lines: before('header {\n response set ra\n }') },
  { name: 'local, of no concern', lines: before('local') },
  { name: 'whoami', lines: 'whoami' },
]

interface Measured {
  readonly nanoseconds: number
  readonly octets: number
}

function measure({ lines, question = 'www.example.org A' }: Variant): Measured {
  const flags = ['--expose-gc', '--max-semi-space-size=64', `${import.meta.dirname}/chain.ts`]
  const child = spawnSync(process.execPath, [...flags, `. {\n ${lines}\n}`, ...question.split(' ')], {
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(child.stderr)
  return JSON.parse(child.stdout) as Measured
}

try {
  writeFileSync(hosts, '192.0.2.1 www.example.org\n192.0.2.2 www.example.org\n2001:db8::1 www.example.org\n')
  const rounds = Array.from({ length: ROUNDS }, () => VARIANTS.map(measure))
  const [file, ...others] = VARIANTS.map(({ name }, i) => ({
    name,
    nanoseconds: median(rounds.map((round) => round[i].nanoseconds)),
    octets: median(rounds.map((round) => round[i].octets)),
  }))
  for (const { name, nanoseconds, octets } of [file, ...others]) {
    const more = `${Math.round(nanoseconds)} ns, ${Math.round(octets)} octets of garbage`
    report({ path: `chains: ${name}`, beside: 'file', ratio: nanoseconds / file.nanoseconds, sense: 'most', more })
  }
} finally {
  rmSync(folder, { recursive: true })
}
