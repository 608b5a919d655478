import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { selfSigned } from '../../src/cli/certificate.ts'
import { main } from '../../src/cli/main.ts'

let folder: string
const home = process.cwd()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-check-'))
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

async function coredge(line: string): Promise<{ code: number; out: string; err: string[] }> {
  const out = vi.spyOn(console, 'log').mockImplementation(() => {})
  const err = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    const code = await main(line.split(' '))
    return { code, out: out.mock.calls.join('\n'), err: err.mock.calls.map(String) }
  } finally {
    out.mockRestore()
    err.mockRestore()
  }
}

const ZONE = '@ 60 IN SOA ns hostmaster 7 60 60 60 60\n@ 60 IN NS ns.example.net.\n'

describe('coredge check', () => {
  it('finds nothing wrong with what is right, and changes nothing', async () => {
    writeFileSync(
      'Corefile',
      'example.org:53 {\n    file db\n}\n. {\n    forward . 192.0.2.1\n    health\n}\n'.replace('    health\n', ''),
    )
    writeFileSync('db', ZONE)
    expect(await coredge('check')).toEqual({ code: 0, out: 'Corefile: no mistakes', err: [] })
    expect(await coredge('check -conf Corefile --for workers')).toEqual({
      code: 0,
      out: 'Corefile: no mistakes',
      err: [],
    })
    expect(readdirSync('.').sort()).toEqual(['Corefile', 'db'])
  })

  it('finds a certificate whose key is another one', async () => {
    writeFileSync('cert.pem', selfSigned(['localhost']).cert)
    writeFileSync('key.pem', selfSigned(['localhost']).key)
    writeFileSync('Corefile', 'tls://. {\n    tls cert.pem key.pem\n}\n')
    const fault = 'the private key is that of another certificate, got "cert.pem" and "key.pem"'
    expect(await coredge('check')).toEqual({ code: 1, out: '', err: [`Corefile:2:5: tls: ${fault}`] })
  })

  it('tells of what came to nothing before it was read', async () => {
    writeFileSync(
      'Corefile',
      Buffer.from('. {\n    cache {$TTL}\n    log caf\xe9.example\n    hosts {$NONE:db}\n}\n', 'latin1'),
    )
    writeFileSync('db', '')
    const { code, err } = await coredge('check')
    expect([code, err]).toEqual([
      1,
      [
        'warning: Corefile:3:9: there are octets that are not UTF-8, got "caf\ufffd.example"',
        'warning: Corefile:2:11: the variable TTL is not set, and stands for nothing, got "{$TTL}"',
        'Corefile:2:11: cache: zone must not be empty, got ""',
      ],
    ])
  })

  it('tells of `log stdout`, which logs names under stdout', async () => {
    writeFileSync('Corefile', '. {\n    errors stdout\n    log stdout\n}\n')
    const { code, err } = await coredge('check')
    const message = 'log: is a name here, so that hardly any query is logged, got "stdout"'
    expect([code, err]).toEqual([0, [`warning: Corefile:3:9: ${message}`]])
  })

  it('opens databases', async () => {
    writeFileSync('Corefile', '. {\n    geoip city.mmdb\n}\n')
    const message = 'Corefile:2:5: geoip: cannot use the database city.mmdb'
    expect((await coredge('check')).err).toEqual([`${message}: cannot read city.mmdb: no such file`])
    writeFileSync('city.mmdb', 'x')
    expect((await coredge('check')).err).toEqual([expect.stringContaining(message)])
    expect((await coredge('check -for workers')).err).toEqual([])
  })

  it('needs a Corefile', async () => {
    expect(await coredge('check')).toEqual({ code: 1, out: '', err: ['cannot read Corefile: no such file'] })
  })

  it('finds all that is wrong, in directives and in files', async () => {
    writeFileSync(
      'Corefile',
      `a.example {
    whoamy
    file db.a
}
b.example {
    hosts {
        192.0.2.256 b.example
    }
}
a.example {
    whoami
}
`,
    )
    writeFileSync('db.a', `${ZONE}x IN AX y\ny IN A 192.0.2.256\n`)
    const { code, out, err } = await coredge('check')
    expect([code, out]).toEqual([1, ''])
    const starts = [
      'Corefile:2:5: whoamy: unknown directive (did you mean "whoami"?), got "whoamy"',
      'Corefile:7:9: hosts: ',
      'Corefile:10:1: ',
      'db.a:3:6: unknown record type "AX"',
      'db.a:4:8: ',
    ]
    for (const start of starts)
      expect(
        err.filter((line) => line.startsWith(start)),
        start,
      ).toHaveLength(1)
    expect(err).toHaveLength(starts.length)
  })

  it('finds all that is wrong with the syntax', async () => {
    writeFileSync('Corefile', 'grpc://a.example {\n}\nb.example:70000 {\n}\nimport nothing\n')
    const { err } = await coredge('check')
    expect(err.map((line) => line.replace(/: .*/, ''))).toEqual(['Corefile:1:1', 'Corefile:3:1', 'Corefile:5:8'])
  })

  it('shows mistakes as they stand in the file, whatever step finds them', async () => {
    writeFileSync(
      'Corefile',
      'a.example {\n    whoamy\n}\ngrpc://b.example {\n    chaos\n}\nc.example {\n    fil db\n}\n',
    )
    const { err } = await coredge('check')
    expect(err.map((line) => line.replace(/: .*/, ''))).toEqual(['Corefile:2:5', 'Corefile:4:1', 'Corefile:8:5'])
  })

  it('tells what has no effect where it is to run', async () => {
    writeFileSync('Corefile', '. {\n    bind 127.0.0.1\n    whoami\n}\n')
    const { code, err } = await coredge('check --for workers')
    expect(code).toBe(0)
    expect(err).toEqual([expect.stringMatching(/^warning: Corefile:2:5: bind: has no effect here: /)])
    expect((await coredge('check --for node')).err).toEqual([])
  })

  it('a missing zone is a mistake where files cannot come later', async () => {
    writeFileSync('Corefile', 'example.org {\n    file db\n}\n')
    expect((await coredge('check')).code).toBe(0)
    const { code, err } = await coredge('check --for workers')
    expect([code, err]).toEqual([1, ['Corefile:2:5: file: cannot read db: no such file']])
  })

  const lines: [string, string][] = [
    ['check -conf nothing', 'cannot read nothing: no such file'],
    ['check --for browser', '-for: must be node or workers, got "browser"'],
    ['check Corefile', 'unknown word "Corefile"; a Corefile is named by -conf'],
  ]
  it.each(lines)('%s', async (line, message) => {
    const { code, err } = await coredge(line)
    expect([code, err[0]]).toEqual([1, message])
  })
})

describe('coredge check --chain', () => {
  const chain = async (text: string, flags = ''): Promise<string[]> => {
    writeFileSync('Corefile', text)
    return (await coredge(`check --chain${flags}`)).out.split('\n')
  }

  it('prints the chain of each block, and on which side plugins work', async () => {
    const text = `example.org:1053 {
    bind 127.0.0.1
    log
    whoami
    loop
    cache
}
https://.:1443 {
    forward . 192.0.2.1
    template IN A {
        rcode NXDOMAIN
    }
    template IN AAAA {
        rcode NXDOMAIN
    }
}
`
    expect(await chain(text)).toEqual([
      'example.org:1053 (Corefile:1)',
      '  node: dns://127.0.0.1:1053; edge: not asked, as there are blocks for https://',
      '   1  cache   Corefile:6:5  node, edge',
      '   2  loop    Corefile:5:5  node, no effect at the edge (a Worker cannot send to itself)',
      '   3  whoami  Corefile:4:5  node, edge',
      '   -  bind    Corefile:2:5  node, no effect at the edge (at the edge the platform listens)',
      '   -  log     Corefile:3:5  node, edge',
      '',
      'https://.:1443 (Corefile:8)',
      '  node: https://127.0.0.1:1443, https://[::1]:1443; edge: by HTTPS',
      '   1  template  Corefile:10:5, Corefile:13:5  node, edge',
      '   2  forward   Corefile:9:5  node, edge',
      '',
      'Corefile: no mistakes',
    ])
  })

  it('prints what it can of a Corefile with mistakes', async () => {
    const lines = await chain('. {\n    bind 127.0.0.1\n    whoamy\n    any\n    forward .\n}\n')
    expect(lines.slice(2, 5)).toEqual([
      '   1  any      Corefile:4:5  node, edge',
      '   -  bind     Corefile:2:5  node, no effect at the edge (at the edge the platform listens)',
      '   -  forward  Corefile:5:5  has mistakes',
    ])
  })
})

describe('notes on the order of directives', () => {
  const HOSTS = 'hosts {\n        192.0.2.1 a.example\n        fallthrough\n    }'
  const note = (line: number, name: string, other: string, effect: string): string =>
    `note: Corefile:${line}:5: ${name}: runs before ${other}, which ${effect}: the chain's order counts, not the order here`
  const passed = 'is asked only for what this one passes on'
  const cases: [string, string[], string[]][] = [
    ['in the order of the chain', ['errors', 'rewrite name a b', 'cache', HOSTS, 'forward . 192.0.2.1'], []],
    [
      'rewrite after those that see what it made',
      ['cache', 'rewrite name a b', 'forward . 192.0.2.1'],
      [note(3, 'rewrite', 'cache (Corefile:2:5)', 'sees what this one has made of the question')],
    ],
    [
      'rewrite at the end, once',
      ['cache', 'forward . 192.0.2.1', 'rewrite name a b', 'rewrite name c d'],
      [note(4, 'rewrite', 'cache (Corefile:2:5)', 'sees what this one has made of the question')],
    ],
    ['two that answer', ['whoami', HOSTS], [note(3, 'hosts', 'whoami (Corefile:2:5)', passed)]],
    [
      'three that answer',
      ['forward . 192.0.2.1', 'template IN A {\n        rcode NXDOMAIN\n    }', HOSTS],
      [note(3, 'template', 'forward (Corefile:2:5)', passed), note(6, 'hosts', 'forward (Corefile:2:5)', passed)],
    ],
    [
      'who may ask',
      [HOSTS, 'acl {\n        block\n    }'],
      [note(6, 'acl', 'hosts (Corefile:2:5)', 'sees only what this one lets through')],
    ],
    ['a cache after what it keeps, which nobody can misread', ['forward . 192.0.2.1', 'cache'], []],
    ['configuration', ['whoami', 'log', 'errors', 'bufsize 512', 'bind 127.0.0.1', 'loadbalance', 'minimal'], []],
    ['two rules of one directive', ['rewrite name a b', 'rewrite name c d', 'whoami'], []],
  ]
  it.each(cases)('%s', async (_what, directives, notes) => {
    writeFileSync('Corefile', `. {\n    ${directives.join('\n    ')}\n}\n`)
    const { code, err } = await coredge('check')
    expect([code, err]).toEqual([0, notes])
  })

  it('blocks do not matter to each other', async () => {
    writeFileSync('Corefile', 'a {\n    whoami\n}\nb {\n    acl {\n        block\n    }\n}\n')
    expect((await coredge('check')).err).toEqual([])
  })
})

describe('coredge zone check', () => {
  it('finds nothing wrong with what is right', async () => {
    writeFileSync('db', ZONE)
    expect(await coredge('zone check db example.org')).toEqual({ code: 0, out: 'db: no mistakes', err: [] })
  })

  it('finds all that is wrong, in included files too', async () => {
    mkdirSync('zones')
    writeFileSync('zones/db', `${ZONE}$INCLUDE more\nx IN AX y\n`)
    writeFileSync('zones/more', 'y IN AY z\n')
    const { code, err } = await coredge('zone check zones/db example.org')
    expect([code, err]).toEqual([
      1,
      ['zones/more:1:6: unknown record type "AY"', 'zones/db:4:6: unknown record type "AX"'],
    ])
  })

  const lines: [string, RegExp][] = [
    ['zone check nothing example.org', /^cannot read nothing: no such file$/],
    ['zone check org example', /^org: no SOA record for the zone example$/],
    ['zone check db', /^check: takes FILE ORIGIN, or ORIGIN and -store$/],
    ['zone check db a b', /^check: takes FILE ORIGIN, or ORIGIN and -store$/],
    ['zone check db a..b', /^empty label in name "a..b"$/],
  ]
  it.each(lines)('%s', async (line, message) => {
    writeFileSync('org', 'org.example. 60 SOA a. b. 1 60 60 60 60\n')
    const { code, err } = await coredge(line)
    expect(code).toBe(1)
    expect(err.some((text) => message.test(text))).toBe(true)
  })
})
