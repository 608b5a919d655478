import { FLAG } from '../dns/constants.ts'
import { FrameReader, frame, MAX_MESSAGE } from '../dns/framing.ts'
import { u16 } from '../dns/header.ts'
import { reasonOf } from '../reason.ts'
import { https } from '../runtime/node-https.ts'
import { connect, datagram } from '../runtime/node-net.ts'
import type { TlsClientOptions } from '../runtime/runtime.ts'
import { type UpstreamAddress, upstreamText } from '../upstream/address.ts'
import { base64Url } from '../upstream/doh.ts'
import { Failure } from './failure.ts'
import { readText } from './files.ts'
import type { QueryOptions } from './queryoptions.ts'

/** A query's way to a server and back, with nothing added and nothing hidden. */

/** What came back, and how. */
export interface Carried {
  readonly reply: Uint8Array
  /** UDP, TCP, TLS, HTTPS or HTTPS-GET, as dig names them. */
  readonly over: string
  readonly server: UpstreamAddress
  readonly url: string
  /** Milliseconds. */
  readonly duration: number
  /** The UDP answer was cut short, so that it was fetched over TCP. */
  readonly wasTruncated: boolean
}

/** Sends `wire`, over UDP several times where nothing comes back. Throws Failure with the reason. */
export async function carry(wire: Uint8Array, server: UpstreamAddress, options: QueryOptions): Promise<Carried> {
  const url = upstreamText(server)
  const start = performance.now()
  const done = (reply: Uint8Array, over: string, wasTruncated = false): Carried => ({
    reply,
    over,
    server,
    url,
    wasTruncated,
    duration: performance.now() - start,
  })
  try {
    if (server.transport === 'https')
      return done(await overHttps(wire, server, options), options.get ? 'HTTPS-GET' : 'HTTPS')
    if (server.transport === 'tls')
      return done(await overStream(wire, server, options, tlsOptions(server, options, 'dot')), 'TLS')
    if (options.tcp) return done(await overStream(wire, server, options), 'TCP')
    const reply = await overUdp(wire, server, options)
    const isTruncated = (u16(reply, 2) & FLAG.TC) !== 0
    if (!isTruncated || options.ignore) return done(reply, 'UDP')
    return done(await overStream(wire, server, options), 'TCP', true)
  } catch (error) {
    const reason = reasonOf(error)
    const hint = reason.includes('unknown authority') ? '; +tls-ca=FILE names a certificate to trust' : ''
    throw new Failure(`no answer from ${url}: ${reason}${hint}`)
  }
}

function tlsOptions({ serverName }: UpstreamAddress, { tlsCa }: QueryOptions, alpn?: string): TlsClientOptions {
  const ca = tlsCa === undefined ? undefined : readText(tlsCa)
  return { serverName, ca, ...(alpn ? { alpn: [alpn] } : {}) }
}

async function overUdp(wire: Uint8Array, { host, port }: UpstreamAddress, options: QueryOptions): Promise<Uint8Array> {
  const socket = await datagram(host, port)
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  let tries = 0
  const send = (): void => {
    if (tries++ === options.tries)
      reject(new Error(`nothing came back within ${(options.time * options.tries) / 1000} s`))
    else socket.send(wire)
  }
  socket.onMessage((bytes) => {
    if (answers(bytes, wire)) resolve(bytes)
  })
  socket.onError(reject)
  const timer = setInterval(send, options.time)
  send()
  try {
    return await promise
  } finally {
    clearInterval(timer)
    socket.close()
  }
}

async function overStream(
  wire: Uint8Array,
  { host, port }: UpstreamAddress,
  { time }: QueryOptions,
  tls?: TlsClientOptions,
): Promise<Uint8Array> {
  const connection = await connect({ host, port, tls, timeout: time })
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const reader = new FrameReader()
  connection.onData((bytes) => {
    reader.push(bytes)
    for (let message = reader.next(); message; message = reader.next()) if (answers(message, wire)) resolve(message)
    if (reader.broken) reject(new Error('what came back is no DNS message'))
  })
  connection.onClose((reason) => reject(reason ?? new Error('the server closed the connection')))
  const timer = setTimeout(() => reject(new Error(`nothing came back within ${time / 1000} s`)), time)
  connection.write(frame(wire))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    connection.close()
  }
}

async function overHttps(wire: Uint8Array, server: UpstreamAddress, options: QueryOptions): Promise<Uint8Array> {
  const { host, port, path } = server
  const client = https({ host, port, tls: tlsOptions(server, options), timeout: options.time, idle: options.time })
  const signal = AbortSignal.timeout(options.time)
  const accept = { accept: 'application/dns-message' }
  const common = { signal, limit: MAX_MESSAGE }
  try {
    const response = options.get
      ? await client.request({ method: 'GET', path: `${path}?dns=${base64Url(wire)}`, headers: accept, ...common })
      : await client.request({
          method: 'POST',
          path,
          headers: { ...accept, 'content-type': 'application/dns-message' },
          body: wire,
          ...common,
        })
    if (response.status !== 200)
      throw new Error(`HTTP status ${response.status}: ${Buffer.from(response.body).toString().trim().slice(0, 200)}`)
    return response.body
  } finally {
    client.close()
  }
}

/** The same id, and a reply at all. */
const answers = (reply: Uint8Array, wire: Uint8Array): boolean =>
  reply.length >= 12 && u16(reply, 0) === u16(wire, 0) && (u16(reply, 2) & FLAG.QR) !== 0
