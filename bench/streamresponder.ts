import { readFileSync } from 'node:fs'
import http from 'node:http'
import http2, { type ServerHttp2Stream } from 'node:http2'
import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import tls from 'node:tls'

/**
 * The ceilings of connections: `streamresponder.ts tcp|tls|h2|h1 CERT KEY` sets the QR bit of each message and sends it back,
 * with as little around it as Node's own modules allow. Prints its port.
 */
const [kind, certFile, keyFile] = process.argv.slice(2)
const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) }

/** Messages in frames (RFC 1035 §4.2.2); those of a chunk leave together. */
function echoFrames(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    const octets = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let at = 0
    socket.cork()
    while (octets.length - at >= 2) {
      const next = at + 2 + octets.readUInt16BE(at)
      if (next > octets.length) break
      octets[at + 4] |= 0x80
      socket.write(octets.subarray(at, next))
      at = next
    }
    rest = octets.subarray(at)
    socket.uncork()
  })
}

const HEADERS = { 'content-type': 'application/dns-message', 'cache-control': 'max-age=300' }

function answered(body: Buffer): Buffer {
  body[2] |= 0x80
  return body
}

function echoStream(stream: ServerHttp2Stream): void {
  const chunks: Buffer[] = []
  stream.on('error', () => {})
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => {
    const body = answered(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
    stream.respond({ ':status': 200, ...HEADERS, 'content-length': body.length })
    stream.end(body)
  })
}

function echoRequest(request: http.IncomingMessage, response: http.ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = answered(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
    response.writeHead(200, { ...HEADERS, 'content-length': body.length })
    response.end(body)
  })
}

const SERVERS: Readonly<Record<string, () => Server>> = {
  tcp: () => net.createServer({ noDelay: true }, echoFrames),
  tls: () => tls.createServer({ ...pair, noDelay: true }, echoFrames),
  h2: () => http2.createSecureServer(pair).on('stream', echoStream),
  h1: () => http.createServer(echoRequest),
}

const server = SERVERS[kind]()
server.listen(0, '127.0.0.1', 1024, () => console.log(`ready ${(server.address() as AddressInfo).port}`))
