import net from 'node:net'
import { writeQuery } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'

/**
 * `tcpload.ts PORT SECONDS`: asks 127.0.0.1:PORT over TCP, one query a connection, and prints how many answers came. dnsperf can
 * do that as well, but waits between connections.
 */
const [port, seconds] = process.argv.slice(2).map(Number)
const CONNECTIONS = 32

const query = writeQuery({ id: 1, name: parseName('www.example.org.'), type: 1 })
const framed = Buffer.concat([Buffer.of(query.length >> 8, query.length & 255), query])
const end = performance.now() + 1000 * seconds
let answered = 0

function ask(): void {
  if (performance.now() > end) return
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  socket.write(framed)
  socket.once('data', () => {
    answered++
    socket.end()
  })
  socket.on('error', () => {})
  socket.once('close', ask)
}

for (let i = 0; i < CONNECTIONS; i++) ask()
process.on('exit', () => console.log(answered))
