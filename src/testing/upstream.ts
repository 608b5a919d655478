import { parseCorefile } from '../corefile/parse.ts'
import { RCODE, TYPE } from '../dns/constants.ts'
import { FrameReader, frame } from '../dns/framing.ts'
import { isWithin, nameText, sameName } from '../dns/name.ts'
import { parseRecords } from '../dns/presentation.ts'
import { typeName } from '../dns/rdata/registry.ts'
import type { RRset } from '../dns/rrset.ts'
import { configure } from '../instance.ts'
import type { Peer, Query } from '../query.ts'
import type { Reply } from '../reply.ts'
import type { Connection, DatagramFactory, DatagramSocket, Runtime } from '../runtime/runtime.ts'
import type { Server } from '../server.ts'
import { stubOf } from './chain.ts'
import { FakeRuntime } from './runtime.ts'

/** A DNS server in memory, for `forward` and whoever else asks others: over UDP, TCP and TLS, at any port. */
export interface StubUpstream {
  /** What it was asked, in order: `udp www.example.org. A`. */
  readonly asked: string[]
  /** Answers a message; undefined: not at all. */
  answer(message: Uint8Array, transport: Peer['transport']): Promise<Uint8Array | undefined>
}

/**
 * Makes one. From zone text it answers with the records of that name and type, or its CNAME record; with NXDOMAIN for other
 * names, and the SOA record where there is one. A function makes the reply itself: `query.drop()` is a server that is silent.
 */
export function stubUpstream(answers: string | ((query: Query) => Reply | Promise<Reply>)): StubUpstream {
  const serve = typeof answers === 'string' ? fromRecords(parseRecords(answers)) : answers
  const asked: string[] = []
  const server = serverOf((query) => {
    asked.push(`${query.peer.transport} ${nameText(query.name)} ${typeName(query.type)}`)
    return serve(query)
  })
  return {
    asked,
    answer: async (message, transport) => server.answer(message, { ...CLIENT, transport }),
  }
}

const CLIENT = { address: '127.0.0.1', port: 4711, localAddress: '127.0.0.1', localPort: 53 }

function serverOf(serve: (query: Query) => Reply | Promise<Reply>): Server {
  const corefile = parseCorefile('. {\n    stub\n}\n')
  return configure({ corefile, modules: [stubOf(serve)], runtime: new FakeRuntime() }).listeners[0].server
}

function fromRecords(records: readonly RRset[]): (query: Query) => Reply {
  return (query) => {
    const here = records.filter(({ owner }) => sameName(owner, query.name))
    const answer = here.filter(({ type }) => type === query.type)
    if (answer.length === 0) answer.push(...here.filter(({ type }) => type === TYPE.CNAME))
    const soa = records.filter(({ owner, type }) => type === TYPE.SOA && isWithin(query.name, owner))
    const rcode = here.length > 0 ? RCODE.NOERROR : RCODE.NXDOMAIN
    return query.reply({ ra: true, rcode, answer, authority: answer.length > 0 ? [] : soa })
  }
}

/** The part of a runtime that reaches these servers, by their addresses, and nothing else. */
export function networkOf(upstreams: { readonly [address: string]: StubUpstream }): {
  connect: Runtime['connect']
  datagram: DatagramFactory
} {
  const at = (host: string): StubUpstream => {
    if (!Object.hasOwn(upstreams, host)) throw new Error(`no route to ${host}`)
    return upstreams[host]
  }
  return {
    connect: async ({ host, tls }) => streamTo(at(host), tls ? 'tls' : 'tcp'),
    datagram: async (host) => socketTo(at(host)),
  }
}

/** Whoever listens to what comes from a server; nobody after `close`. */
class Ear {
  #listener: ((bytes: Uint8Array) => void) | undefined

  readonly listen = (listener: (bytes: Uint8Array) => void): void => {
    this.#listener = listener
  }

  readonly close = (): void => {
    this.#listener = undefined
  }

  tell(bytes: Uint8Array | undefined): void {
    if (bytes) this.#listener?.(bytes)
  }
}

function socketTo(upstream: StubUpstream): DatagramSocket {
  const ear = new Ear()
  return {
    send: async (bytes) => ear.tell(await upstream.answer(bytes.slice(), 'udp')),
    onMessage: ear.listen,
    onError: () => {},
    close: ear.close,
  }
}

function streamTo(upstream: StubUpstream, transport: 'tcp' | 'tls'): Connection {
  const reader = new FrameReader()
  const ear = new Ear()
  return {
    waiting: 0,
    async write(bytes) {
      reader.push(bytes.slice())
      for (let message = reader.next(); message; message = reader.next()) {
        const answer = await upstream.answer(message, transport)
        ear.tell(answer && frame(answer))
      }
    },
    close: ear.close,
    onData: ear.listen,
    onClose: () => {},
  }
}
