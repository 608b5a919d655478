import { describe, expect, it } from 'vitest'
import type { RigOptions } from '../plugins/rig.ts'
import { type AskOptions, rig } from '../plugins/rig.ts'
import { explained, plain, story } from './explained.ts'

const FILES = {
  'db.org': `
@    3600 IN SOA ns hm 1 2 3 4 300
     3600 IN NS  ns
ns   3600 IN A   192.0.2.53
www   300 IN A   192.0.2.1
multi 300 IN A   192.0.2.1
      300 IN A   192.0.2.2
alias 300 IN CNAME www.example.net.
child 300 IN NS ns.child
ns.child 300 IN A 192.0.2.54
large 300 IN TXT ${Array.from({ length: 4 }, (_, i) => `"${String(i).repeat(200)}"`).join(' ')}
*.wild 300 IN A 192.0.2.9
`,
  'db.child': '@ 60 IN SOA ns hm 1 2 3 4 60\n@ 60 IN NS ns\nns 60 IN A 192.0.2.54\n',
}

interface Case {
  readonly corefile: string
  readonly question: string
  readonly how?: AskOptions
  readonly options?: RigOptions
  /** The story, without the line of the block. */
  readonly story: string
}

/** Each is asked of a server, too, which must say the same as the explanation. */
const CASES: Record<string, Case> = {
  'one plugin that answers': {
    corefile: '. {\n    file db.org example.org\n}',
    question: 'www.example.org',
    story: `  zone . is the longest that the name is in
Chain:
  file Corefile:2:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.`,
  },
  'a name that is not there': {
    corefile: 'example.org {\n    file db.org\n}',
    question: 'nothing.example.org',
    story: `  zone example.org. is the longest that the name is in
Chain:
  file Corefile:2:5  answered: NXDOMAIN, aa, authority 1; zone example.org.`,
  },
  'none of its zones, and then nobody': {
    corefile: '. {\n    errors\n    hosts {\n        192.0.2.1 a.example\n        fallthrough\n    }\n}',
    question: 'www.example.org',
    story: `  zone . is the longest that the name is in
Chain:
  hosts Corefile:3:5  passed on: nobody is left; has no line for the name, and fallthrough is for it
No part of the chain: errors
message OPT record: none, as the client sent none: EDE 0 (no plugin answered) left out`,
  },
  'fallthrough from one to the next': {
    corefile: `example.org {
    hosts {
        192.0.2.1 a.example.org
        fallthrough
    }
    template IN A {
        answer "{{ .Name }} 60 IN A 192.0.2.7"
    }
}`,
    question: 'b.example.org',
    story: `  zone example.org. is the longest that the name is in
Chain:
  template Corefile:6:5  answered: NOERROR, aa, answer 1
Not reached: hosts`,
  },
  'a template that is not for it': {
    corefile: '. {\n    template IN AAAA {\n        rcode NXDOMAIN\n    }\n    whoami\n}',
    question: 'b.example.org',
    story: `  zone . is the longest that the name is in
Chain:
  template Corefile:2:5  passed on: no template is for the zone, class and type
  whoami   Corefile:5:5  answered: NOERROR, aa, additional 2`,
  },
  'another question, and the answer back': {
    corefile: 'example.org {\n    rewrite name shop.example.org www.example.org\n    file db.org\n}',
    question: 'shop.example.org',
    story: `  zone example.org. is the longest that the name is in
Chain:
  rewrite  Corefile:2:5  passed on
    question: www.example.org. IN A
  file     Corefile:3:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.
  rewrite, on the way back:
    answer: - www.example.org. 300 IN A 192.0.2.1
    answer: + shop.example.org. 300 IN A 192.0.2.1`,
  },
  'lower TTLs': {
    corefile: 'example.org {\n    cache 30\n    file db.org\n}',
    question: 'www.example.org',
    story: `  zone example.org. is the longest that the name is in
Chain:
  cache Corefile:2:5  passed on: a miss
  file  Corefile:3:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.
  cache, on the way back:
    answer: TTL 300 → 30
    authority: TTL 3600 → 30`,
  },
  'a client that is kept out': {
    corefile: '. {\n    acl {\n        allow type A net 10.0.0.0/8\n        block\n    }\n    whoami\n}',
    question: 'www.example.org',
    story: `  zone . is the longest that the name is in
Chain:
  acl Corefile:2:5  answered: REFUSED, EDE 15; line 2 for . says block
Not reached: whoami
message OPT record: none, as the client sent none: EDE 15 left out`,
  },
  'a client that is let in': {
    corefile: '. {\n    acl {\n        allow type A net 10.0.0.0/8\n        block\n    }\n    whoami\n}',
    question: 'www.example.org',
    how: { peer: { address: '10.1.2.3' } },
    story: `  zone . is the longest that the name is in
Chain:
  acl    Corefile:2:5  passed on: line 1 for . says allow
  whoami Corefile:6:5  answered: NOERROR, aa, additional 2`,
  },
  'no reply at all': {
    corefile: '. {\n    acl {\n        drop\n    }\n    whoami\n}',
    question: 'www.example.org',
    story: `  zone . is the longest that the name is in
Chain:
  acl Corefile:2:5  dropped: line 1 for . says drop
Not reached: whoami`,
  },
  'a view that says yes': {
    corefile: `. {
    view lan {
        expr incidr(client_ip(), '192.0.2.0/24')
    }
    metadata
    whoami
}
. {
    erratic
}`,
    question: 'www.example.org',
    story: `  view lan (Corefile:1): yes
  zone . is the longest that the name is in, of those whose views say yes
Chain:
  whoami Corefile:6:5  answered: NOERROR, aa, additional 2
No part of the chain: metadata, view
Metadata: view/name=lan`,
  },
  'a view that says no': {
    corefile: `. {
    view lan {
        expr incidr(client_ip(), '10.0.0.0/8')
    }
    whoami
}
. {
    erratic
}`,
    question: 'www.example.org',
    story: `  view lan (Corefile:1): no: incidr(client_ip(), '10.0.0.0/8') is not true
  zone . is the longest that the name is in, of those whose views say yes
Chain:
  erratic Corefile:8:5  dropped`,
  },
  'a view with a longer zone that says no': {
    corefile: 'example.org {\n    view no {\n        expr false\n    }\n    erratic\n}\n. {\n    whoami\n}',
    question: 'www.example.org',
    story: `  view no (Corefile:1): no: false is not true
  zone . is the longest that the name is in, of those whose views say yes
Chain:
  whoami Corefile:8:5  answered: NOERROR, aa, additional 2`,
  },
  'no block for the name': {
    corefile: 'example.org {\n    whoami\n}',
    question: 'www.example.net',
    how: { do: false },
    story: `  no block has a zone that the name is in
The server answers by itself: REFUSED, EDE 20`,
  },
  'a class that nobody wants': {
    corefile: '. {\n    whoami\n}',
    question: 'version.bind TXT CH',
    how: { do: false },
    story: `  zone . is the longest that the name is in
The server answers by itself: REFUSED, EDE 20`,
  },
  'a class that somebody wants': {
    corefile: '. {\n    chaos CoreDNS-1 me\n    local\n    whoami\n}',
    question: 'version.bind TXT CH',
    story: `  zone . is the longest that the name is in
Chain:
  local Corefile:3:5  passed on: the name is none of this machine
  chaos Corefile:2:5  answered: NOERROR, answer 1
Not reached: whoami`,
  },
  'a type that cannot be asked for': {
    corefile: '. {\n    whoami\n}',
    question: 'www.example.org OPT',
    how: { do: false },
    story: `  zone . is the longest that the name is in
The server answers by itself: FORMERR, EDE 30`,
  },
  'an alias that leads to another block': {
    corefile: `example.org {
    file db.org
}
example.net {
    hosts {
        192.0.2.9 www.example.net
    }
}`,
    question: 'alias.example.org',
    story: `  zone example.org. is the longest that the name is in
Chain:
  file Corefile:2:5  answered: NOERROR, aa, answer 2, authority 1; zone example.org.
  file asks the server: www.example.net. IN A
    Block example.net (Corefile:4):
      zone example.net. is the longest that the name is in
    Chain:
      hosts Corefile:5:5  answered: NOERROR, aa, answer 1
    Reply: NOERROR, aa, answer 1`,
  },
  'DS at a cut, for the parent': {
    corefile: 'example.org {\n    file db.org\n}\nchild.example.org {\n    file db.child\n}',
    question: 'child.example.org DS',
    story: `  zone example.org. is the longest that the name is in, on the parent’s side for type DS where that is served too
Chain:
  file Corefile:2:5  answered: NOERROR, aa, authority 1; zone example.org.`,
  },
  'an answer cut to the client’s size': {
    corefile: 'example.org {\n    file db.org\n}',
    question: 'large.example.org TXT',
    story: `  zone example.org. is the longest that the name is in
Chain:
  file Corefile:2:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.
message answer: left out 1 of 1 records, for which there is no room
message authority: left out 1 of 1 records, for which there is no room
message flags: +tc`,
  },
  'the same over TCP': {
    corefile: 'example.org {\n    file db.org\n}',
    question: 'large.example.org TXT',
    how: { peer: { transport: 'tcp' } },
    story: `  zone example.org. is the longest that the name is in
Chain:
  file Corefile:2:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.`,
  },
  'options of the block': {
    corefile: '. {\n    nsid here\n    bufsize 512\n    whoami\n}',
    question: 'www.example.org',
    how: { options: [{ code: 3, data: new Uint8Array(0) }], bufsize: 4096 },
    story: `  zone . is the longest that the name is in
Chain:
  whoami Corefile:4:5  answered: NOERROR, aa, additional 2
No part of the chain: nsid, bufsize
message OPT record: size 512
message OPT: + NSID 4 octets`,
  },
  'flags and fewer records': {
    corefile:
      'example.org {\n    header {\n        response set ra\n        query clear rd\n    }\n    minimal\n    file db.org\n}',
    question: 'www.example.org',
    story: `  zone example.org. is the longest that the name is in
Chain:
  header  Corefile:2:5  passed on
    flags: -rd
  minimal Corefile:6:5  passed on
  file    Corefile:7:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.
  minimal, on the way back:
    authority: - example.org. 3600 IN NS ns.example.org.
  header, on the way back:
    flags: +ra`,
  },
  'IPv6 addresses made of IPv4 ones': {
    corefile: 'example.org {\n    dns64\n    file db.org\n}',
    question: 'www.example.org AAAA',
    how: { peer: { address: '2001:db8::7' } },
    story: `  zone example.org. is the longest that the name is in
Chain:
  dns64 Corefile:2:5  passed on
  file  Corefile:3:5  answered: NOERROR, aa, authority 1; zone example.org.
  dns64 asks the server: www.example.org. IN A
    Block example.org (Corefile:1):
      zone example.org. is the longest that the name is in
    Chain:
      dns64 Corefile:2:5  passed on: only AAAA queries are for it, from IPv6 clients that do not validate
      file  Corefile:3:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.
    Reply: NOERROR, aa, answer 1, authority 1
  dns64, on the way back:
    flags: -aa
    answer: + www.example.org. 300 IN AAAA 64:ff9b::c000:201
    authority: - example.org. 300 IN SOA ns.example.org. hm.example.org. 1 2 3 4 300
    authority: + example.org. 3600 IN NS ns.example.org.`,
  },
  'a search path': {
    corefile: `example.org {
    autopath resolv.conf
    file db.org
}
. {
    whoami
}`,
    question: 'www.wild.example.org',
    options: { files: { ...FILES, 'resolv.conf': 'search wild.example.org example.org\n' } },
    story: `  zone example.org. is the longest that the name is in
Chain:
  autopath Corefile:2:5  passed on: a search begins with the name
  file     Corefile:3:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.`,
  },
  'a name outside the search path': {
    corefile: '. {\n    autopath resolv.conf\n    file db.org example.org\n}',
    question: 'www.child.example.org MX',
    options: { files: { ...FILES, 'resolv.conf': 'search sub.www.example.org www.example.org example.org\n' } },
    story: `  zone . is the longest that the name is in
Chain:
  autopath Corefile:2:5  passed on: no search begins with the name: it is not in sub.www.example.org.
  file     Corefile:3:5  answered: NOERROR, authority 1, additional 1; zone example.org.`,
  },
  'one that asks again and again': {
    corefile: '. {\n    autopath resolv.conf\n    file db.org example.org\n}',
    question: 'www.x.example.org',
    options: { files: { ...FILES, 'resolv.conf': 'search x.example.org example.org\n' } },
    story: `  zone . is the longest that the name is in
Chain:
  autopath Corefile:2:5  asked: a search begins with the name
  file     Corefile:3:5  answered: NXDOMAIN, aa, authority 1; zone example.org.
  autopath asks again:
    question: www.example.org. IN A
    file     Corefile:3:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.
  autopath, on the way back:
    answer: + www.x.example.org. 300 IN CNAME www.example.org.`,
  },
  'ANY, and its short answer': {
    corefile: 'example.org {\n    any\n    file db.org\n}',
    question: 'www.example.org ANY',
    story: `  zone example.org. is the longest that the name is in
Chain:
  any Corefile:2:5  answered: NOERROR, answer 1
Not reached: file`,
  },
  'a transfer for nobody': {
    corefile: 'example.org {\n    transfer {\n        to 192.0.2.99\n    }\n    file db.org\n}',
    question: 'example.org AXFR',
    how: { peer: { transport: 'tcp' }, do: false },
    story: `  zone example.org. is the longest that the name is in
Chain:
  transfer Corefile:2:5  answered: REFUSED, EDE 18 (no transfer to this address)
Not reached: file`,
  },
  'a transfer': {
    corefile: 'child.example.org {\n    transfer {\n        to *\n    }\n    file db.child\n}',
    question: 'child.example.org AXFR',
    how: { peer: { transport: 'tcp' } },
    story: `  zone child.example.org. is the longest that the name is in
Chain:
  transfer Corefile:2:5  answered: NOERROR, aa, answer 4
Not reached: file`,
  },
  'those who look on': {
    corefile:
      '. {\n    trace zipkin localhost:1\n    dnstap /run/none.sock\n    prometheus localhost:\n    log\n    whoami\n}',
    question: 'www.example.org',
    story: `  zone . is the longest that the name is in
Chain:
  whoami Corefile:6:5  answered: NOERROR, aa, additional 2
No part of the chain: trace, prometheus, log, dnstap`,
  },
  'a plugin that fails': {
    corefile: '. {\n    errors\n    stub\n}',
    question: 'www.example.org',
    options: {
      stub: () => {
        throw new Error('out of order')
      },
    },
    story: `  zone . is the longest that the name is in
Chain:
  stub Corefile:3:5  failed: out of order
No part of the chain: errors
Error: out of order`,
  },
  'a plugin that fails later, under others': {
    corefile: '. {\n    cache\n    stub\n}',
    question: 'www.example.org',
    options: { stub: () => Promise.reject(new Error('out of order')) },
    story: `  zone . is the longest that the name is in
Chain:
  cache Corefile:2:5  passed on: a miss
  stub  Corefile:3:5  failed: out of order
Error: out of order`,
  },
  'a zone that could not be loaded': {
    corefile: 'example.org {\n    file db.none\n}',
    question: 'www.example.org',
    how: { do: false },
    story: `  zone example.org. is the longest that the name is in
Chain:
  file Corefile:2:5  answered: SERVFAIL, EDE 14 (zone not loaded); zone example.org.`,
  },
  'the edge': {
    corefile: 'https://example.org {\n    bind 127.0.0.1\n    file db.org\n}',
    question: 'www.example.org',
    options: { name: 'workers' },
    story: `  zone example.org. is the longest that the name is in
Chain:
  file Corefile:3:5  answered: NOERROR, aa, answer 1, authority 1; zone example.org.`,
  },
}

describe('an explanation says what the server does', () => {
  it.each(Object.entries(CASES))('%s', async (_what, { corefile, question, how, options, story: expected }) => {
    const set = { files: FILES, ...options }
    const explanation = await explained(await rig(corefile, set), question, how)
    expect(story(explanation).split('\n').slice(1).join('\n')).toBe(plain(expected))
    const answer = await (await rig(corefile, set)).ask(question, { ...how, id: 1 })
    const { reply } = explanation
    expect(reply && { rcode: reply.rcode, flags: reply.flags.replace('qr ', ''), answer: reply.answer }).toEqual(
      answer && { rcode: answer.rcode, flags: answer.flags, answer: answer.answer },
    )
    expect(reply?.authority).toEqual(answer?.authority)
    expect(reply?.size).toBe(answer?.wire.length)
  })
})

describe('an explanation', () => {
  it('shares what the server keeps', async () => {
    const corefile = '. {\n    cache\n    template IN A {\n        answer "{{ .Name }} 60 IN A 192.0.2.7"\n    }\n}'
    const server = await rig(corefile)
    const chain = async (): Promise<string> =>
      story(await explained(server, 'a.example'))
        .split('\n')
        .slice(3)
        .join('\n')
    expect(await chain()).toMatch(/^ {2}cache .*: a miss\n {2}template .* answered: NOERROR, aa, answer 1$/)
    expect(await chain()).toMatch(
      /^ {2}cache .* answered: NOERROR, .*; a hit, good for another (60|59) s\nNot reached: template$/,
    )
    expect((await server.answer('a.example')).answer).toEqual([expect.stringMatching(/ (60|59) IN A /)])
  })

  it('tells nobody who looks at replies', async () => {
    const server = await rig('. {\n    log\n    errors\n    stub\n}', {
      stub: () => {
        throw new Error('no')
      },
    })
    await explained(server, 'a.example')
    expect(server.runtime.logged).toEqual([])
  })

  it('leaves the server as it was', async () => {
    const server = await rig('. {\n    whoami\n}')
    const before = await server.answer('a.example')
    await explained(server, 'a.example')
    expect((await server.answer('a.example')).wire).toEqual(before.wire)
  })

  it('gives times that add up', async () => {
    const server = await rig('. {\n    cache\n    stub\n}', {
      stub: (query) => new Promise((resolve) => setTimeout(() => resolve(query.reply()), 30)),
    })
    const { asked } = await explained(server, 'a.example')
    const [cache] = asked.steps
    expect(cache.next[0].ms).toBeGreaterThan(25)
    expect(cache.ms).toBeGreaterThanOrEqual(cache.next[0].ms)
    expect(cache.ownMs).toBeCloseTo(cache.ms - cache.next[0].ms, 2)
  })
})
