import { contest } from './contest.ts'
import { needDnsperf } from './load.ts'
import { byDnsperf, coredge } from './servers.ts'

/** What a second thread brings, with the program that makes the load on the same processors. */
const ZONES = `${import.meta.dirname}/../zones`
const [ONE, TWO] = ['one thread', 'two threads']
/** From so many ports that both threads have about as much to do, and so many queries that one does not wait for the other. */
const CLIENTS = ['-c', '32', '-q', '800']

const corefile = (sockets: number): string => `
example.org:{port} {
    bind 127.0.0.1
    multisocket ${sockets}
    file ${ZONES}/db.example.org
}
`

needDnsperf()
const servers = [await coredge(ONE, corefile(1)), await coredge(TWO, corefile(2))]
try {
  const contestants = servers.map((server) => byDnsperf(server, ['www.example.org A'], CLIENTS))
  await contest(contestants, { kind: 'threads', figure: 'perSecond', pairs: [{ name: TWO, beside: ONE, goal: 1.3 }] })
} finally {
  for (const server of servers) server.stop()
}
