import { createSocket } from 'node:dgram'
import { FLAG } from '../../src/dns/constants.ts'
import { type Asked, framed, type Script } from './scripted.ts'

/** Upstreams that misbehave: what the client gets from one alone. With a good one behind it there is always an answer. */
export type Case = readonly [what: string, script: Script, alone: string]

export const GOOD = 'www.example.org. 60 IN A 192.0.2.1'
/** What nobody should ever see. */
const FORGED = 'www.example.org. 60 IN A 192.0.2.66'
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const forged = (asked: Asked, parts = {}): Uint8Array => asked.reply([FORGED], parts)
export const good = (asked: Asked): Uint8Array => asked.reply([GOOD])
const changed = (wire: Uint8Array, at: number, value: number): Uint8Array => wire.with(at, value)
const otherCase = (wire: Uint8Array): Uint8Array =>
  wire.map((octet) => (octet >= 97 && octet <= 122 ? octet - 32 : octet))
const question = (asked: Asked, over: object) => ({ question: { ...asked.message.question!, ...over } })
const other = { name: Uint8Array.of(3, 119, 119, 119, 3, 99, 111, 109, 0) }
/** A record whose name is a pointer to itself. */
const loopy = (asked: Asked): Uint8Array => {
  const reply = asked.reply([], { noEdns: true })
  reply[7] = 1
  return Uint8Array.of(...reply, 0xc0, reply.length, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 66)
}

/** Sends a forged answer from a port that was not asked. Returns how long to give it. */
function fromElsewhere(asked: Asked): number {
  const socket = createSocket('udp4')
  const [address, port] = asked.from.split(':')
  socket.send(forged(asked), Number(port), address, () => socket.close())
  return 50
}

export const OVER_UDP: readonly Case[] = [
  ['drops', () => undefined, 'SERVFAIL 22'],
  ['is too late', (asked) => sleep(6000).then(() => good(asked)), 'SERVFAIL 22'],
  ['is late, but not too late', (asked) => sleep(2800).then(() => good(asked)), GOOD],
  ['has another id', (asked) => forged(asked, { id: asked.message.id ^ 1 }), 'SERVFAIL 22'],
  ['answers for another name', (asked) => forged(asked, question(asked, other)), 'SERVFAIL 22'],
  ['answers for another type', (asked) => forged(asked, question(asked, { type: 28 })), 'SERVFAIL 22'],
  ['answers for another class', (asked) => forged(asked, question(asked, { class: 3 })), 'SERVFAIL 22'],
  ['has no question', (asked) => forged(asked, { question: undefined }), 'SERVFAIL 22'],
  ['claims two questions', (asked) => changed(forged(asked), 5, 2), 'SERVFAIL 22'],
  ['has another opcode', (asked) => changed(forged(asked), 2, 0xa0), 'SERVFAIL 22'],
  ['sends the query back', (asked) => asked.wire, 'SERVFAIL 22'],
  ['sends less than a header', () => new Uint8Array(11), 'SERVFAIL 22'],
  ['sends nothing in a packet', () => new Uint8Array(0), 'SERVFAIL 22'],
  ['is cut', (asked) => forged(asked).slice(0, -7), 'SERVFAIL 24'],
  ['counts records that are not there', (asked) => changed(forged(asked), 7, 9), 'SERVFAIL 24'],
  ['has a name without end', loopy, 'SERVFAIL 24'],
  ['writes the name in capitals', (asked) => otherCase(good(asked)), GOOD],
  ['answers from elsewhere, too', (asked) => sleep(fromElsewhere(asked)).then(() => good(asked)), GOOD],
  [
    'hides among 200 guesses',
    (asked) => [
      ...Array.from({ length: 200 }, (_, i) => forged(asked, { id: asked.message.id ^ (i + 1) })),
      good(asked),
    ],
    GOOD,
  ],
  ['cuts over UDP, and is whole over TCP', (asked) => (asked.over === 'udp' ? asked.reply([], TC) : good(asked)), GOOD],
  ['cuts over UDP with a half record', (asked) => (asked.over === 'udp' ? halfTruncated(asked) : good(asked)), GOOD],
  ['cuts its bare FORMERR, which counts records', ({ wire }) => bareFormerr(wire), 'TC'],
  ['cuts over UDP and hangs up over TCP', (asked) => (asked.over === 'udp' ? asked.reply([], TC) : reset(asked)), 'TC'],
  ['cuts over UDP and drops over TCP', (asked) => (asked.over === 'udp' ? asked.reply([], TC) : undefined), 'TC'],
]

const bareFormerr = (wire: Uint8Array): Uint8Array => Uint8Array.of(wire[0], wire[1], 0x82, 1, 0, 0, 0, 9, 0, 0, 0, 0)
const TC = { flags: FLAG.TC }
const halfTruncated = (asked: Asked): Uint8Array => asked.reply([FORGED], TC).slice(0, -20)

export function reset(asked: Asked): undefined {
  asked.socket?.resetAndDestroy()
}
function half(asked: Asked): undefined {
  asked.socket?.write(framed(forged(asked)).subarray(0, 20))
}

export const OVER_TCP: readonly Case[] = [
  ['drops', () => undefined, 'SERVFAIL 22'],
  ['resets', reset, 'SERVFAIL 23'],
  ['closes', (asked) => void asked.socket?.end(), 'SERVFAIL 23'],
  ['sends half a message', half, 'SERVFAIL 22'],
  [
    'sends half a message and closes',
    (asked) => void asked.socket?.end(framed(forged(asked)).subarray(0, 20)),
    'SERVFAIL 23',
  ],
  ['sends half a length', (asked) => void asked.socket?.write(Uint8Array.of(1)), 'SERVFAIL 22'],
  ['sends empty messages', (asked) => void asked.socket?.write(new Uint8Array(64)), 'SERVFAIL 24'],
  ['sends garbage', (asked) => void asked.socket?.write(new Uint8Array(70_000).fill(0xa5)), 'SERVFAIL 22'],
  ['has another id', (asked) => forged(asked, { id: asked.message.id ^ 1 }), 'SERVFAIL 22'],
  ['answers for another name', (asked) => forged(asked, question(asked, other)), 'SERVFAIL 22'],
  ['is cut', (asked) => forged(asked).slice(0, -7), 'SERVFAIL 24'],
  ['comes octet by octet', (asked) => trickle(asked, good(asked)), GOOD],
  ['closes after each answer', (asked) => void asked.socket?.end(framed(good(asked))), GOOD],
]

async function trickle({ socket }: Asked, reply: Uint8Array): Promise<undefined> {
  for (const octet of framed(reply)) {
    socket?.write(Uint8Array.of(octet))
    await sleep(1)
  }
}
