import { createSocket } from 'node:dgram'

/** The ceiling: a UDP responder that does nothing but set the QR bit and send the query back. Prints its port. */
const socket = createSocket('udp4')
socket.on('message', (message, peer) => {
  message[2] |= 0x80
  socket.send(message, peer.port, peer.address)
})
socket.bind(0, '127.0.0.1', () => console.log(`ready ${socket.address().port}`))
