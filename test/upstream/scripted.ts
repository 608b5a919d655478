import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { onTestFinished } from 'vitest'
import { FLAG } from '../../src/dns/constants.ts'
import type { EdnsOption } from '../../src/dns/edns.ts'
import { type Message, readMessage, writeMessage } from '../../src/dns/message.ts'
import { nameText } from '../../src/dns/name.ts'
import { parseRecords } from '../../src/dns/presentation.ts'
import { typeName } from '../../src/dns/rdata/registry.ts'

/** A query that a scripted server got. */
export interface Asked {
  readonly over: 'udp' | 'tcp'
  readonly name: string
  readonly type: string
  readonly message: Message
  readonly wire: Uint8Array
  /** How many queries came before. */
  readonly nth: number
  /** Address and port of the asker. */
  readonly from: string
  /** Of TCP. */
  readonly socket?: Socket
  /** A reply with these records in the answer. */
  reply(records?: readonly string[], parts?: ReplyParts): Uint8Array
  /** Sends octets later or in another way than by returning them. */
  send(bytes: Uint8Array): void
}

export interface ReplyParts {
  readonly rcode?: number
  readonly flags?: number
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
  readonly options?: readonly EdnsOption[]
  readonly id?: number
  readonly question?: Message['question']
  readonly noEdns?: boolean
}

/** What is sent back: one or several messages, or nothing. */
export type Script = (asked: Asked) => Uint8Array | readonly Uint8Array[] | undefined | Promise<Uint8Array | undefined>

export interface Scripted {
  readonly port: number
  readonly address: string
  /** `udp www.example.org. A`, in order. */
  readonly log: string[]
  /** Ports that UDP queries came from. */
  readonly sources: Set<string>
  close(): Promise<void>
}

/** A server on loopback, UDP and TCP on one port, that answers as the script says. */
export async function scripted(script: Script, port = 0, tls?: TlsOptions): Promise<Scripted> {
  const log: string[] = []
  const sources = new Set<string>()
  const open = new Set<Socket>()
  const handle = async (
    wire: Uint8Array,
    over: 'udp' | 'tcp',
    from: string,
    send: (b: Uint8Array) => void,
    socket?: Socket,
  ) => {
    const message = readMessage(wire)
    const name = nameText(message.question!.name)
    const type = typeName(message.question!.type)
    const nth = log.length
    log.push(`${over} ${name} ${type}`)
    const reply = (records: readonly string[] = [], parts: ReplyParts = {}) => replyTo(message, records, parts)
    const sent = await script({ over, name, type, message, wire, nth, from, socket, reply, send })
    for (const bytes of sent === undefined ? [] : sent instanceof Uint8Array ? [sent] : sent) send(bytes)
  }
  const serve = (socket: Socket): void => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    let rest = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes])
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const end = 2 + rest.readUInt16BE(0)
        const wire = new Uint8Array(rest.subarray(2, end))
        rest = rest.subarray(end)
        const send = (reply: Uint8Array): void => {
          if (socket.writable) socket.write(framed(reply))
        }
        void handle(wire, 'tcp', `${socket.remoteAddress}:${socket.remotePort}`, send, socket)
      }
    })
  }
  let closed = false
  const tcp = tls ? createTlsServer(tls, serve) : createServer(serve)
  const udp = await bindBoth(tcp, port)
  udp.on('message', (wire, { address, port }: RemoteInfo) => {
    sources.add(`${port}`)
    void handle(new Uint8Array(wire), 'udp', `${address}:${port}`, (bytes) => {
      if (!closed) udp.send(bytes, port, address)
    })
  })
  const bound = udp.address().port
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    for (const socket of open) socket.destroy()
    await Promise.all([new Promise((r) => udp.close(() => r(0))), new Promise((r) => tcp.close(r))])
  }
  onTestFinished(close)
  return { port: bound, address: `127.0.0.1:${bound}`, log, sources, close }
}

/** Binds TCP, and UDP on the same port; another one where that is taken. */
async function bindBoth(tcp: Server, port: number): Promise<UdpSocket> {
  await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve))
  const udp = createSocket('udp4')
  const isBound = await new Promise<boolean>((resolve) => {
    udp.once('error', () => resolve(false))
    udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1', () => resolve(true))
  })
  if (isBound) return udp
  udp.close()
  await new Promise((resolve) => tcp.close(resolve))
  return bindBoth(tcp, port)
}

const fixtures = join(import.meta.dirname, '../transport/fixtures')

/** A PEM file of the fixtures: `server.cert` is for localhost, 127.0.0.1 and ::1, signed by itself; `client.cert` by `ca.cert`. */
export const pem = (name: string): string => readFileSync(join(fixtures, `${name}.pem`), 'utf8')

/** `tls` for a server of that name. */
export const serverTls = (name = 'server'): TlsOptions => ({ cert: pem(`${name}.cert`), key: pem(`${name}.key`) })

export function framed(message: Uint8Array): Uint8Array {
  return Uint8Array.of(message.length >> 8, message.length & 255, ...message)
}

function replyTo(query: Message, records: readonly string[], parts: ReplyParts): Uint8Array {
  const { rcode = 0, flags = FLAG.RA, authority = [], additional = [], options = [] } = parts
  const sets = (texts: readonly string[]) => parseRecords(texts.join('\n'))
  return writeMessage({
    id: parts.id ?? query.id,
    flags: FLAG.QR | (query.flags & (FLAG.RD | FLAG.CD)) | flags | rcode,
    question: 'question' in parts ? parts.question : query.question,
    answer: sets(records),
    authority: sets(authority),
    additional: sets(additional),
    edns:
      query.edns && !parts.noEdns ? { version: 0, udpSize: 1232, dnssecOk: query.edns.dnssecOk, options } : undefined,
  })
}
