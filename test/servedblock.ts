import { Buffer } from 'node:buffer'
import { RCODE, TYPE } from '../src/dns/constants.ts'
import { readExtendedError } from '../src/dns/edns.ts'
import { readMessage, writeQuery } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'
import { recordTexts } from '../src/dns/presentation.ts'
import { classCode, rcodeName, typeCode } from '../src/dns/rdata/registry.ts'
import { RRset } from '../src/dns/rrset.ts'
import type { Handler } from '../src/plugin.ts'
import type { Peer } from '../src/query.ts'
import type { ServedBlock } from '../src/servedblock.ts'
import type { Server } from '../src/server.ts'

/** Server blocks made by hand, and a few words for what they answer. */

export const PEER: Peer = {
  transport: 'udp',
  address: '192.0.2.7',
  port: 4711,
  localAddress: '127.0.0.1',
  localPort: 53,
}
export const STREAM: Peer = { ...PEER, transport: 'tcp' }

/** A block for these zones that answers with its own name, unless told otherwise. */
export function block(zones: string, parts: Partial<ServedBlock> = {}): ServedBlock & { readonly failures: string[] } {
  const failures: string[] = []
  return {
    zones: zones.split(' ').map((zone) => parseName(zone)),
    handler: answering(zones),
    anyClass: false,
    views: [],
    taps: [],
    errors: { failed: (_, error) => void failures.push(String(error)) },
    udpCap: 65_535,
    options: [],
    failures,
    ...parts,
  }
}

/** Answers with a TXT record of this text. */
export const answering =
  (text: string): Handler =>
  (query) =>
    query.reply({ answer: [RRset.of(query.name, TYPE.TXT, 0, [Uint8Array.of(text.length, ...Buffer.from(text))])] })

/** `NAME [TYPE [CLASS]]`, with `+edns` or `+edns=VERSION`. */
export function queryOf(text: string): Uint8Array {
  const [name, type = 'A', rclass = 'IN'] = text.split(' ').filter((word) => word[0] !== '+')
  const version = /\+edns(?:=(\d+))?/.exec(text)
  return writeQuery({
    id: 7,
    name: parseName(name),
    type: typeCode(type)!,
    class: classCode(rclass)!,
    ...(version && { edns: { version: Number(version[1] ?? 0), udpSize: 1232, dnssecOk: false, options: [] } }),
  })
}

/** A reply in a few words: the RCODE, or what the block that answered calls itself; then extended errors. */
export function words(wire: Uint8Array | undefined): string {
  if (!wire) return 'nothing'
  const { rcode, answer, edns } = readMessage(wire)
  const errors = (edns?.options ?? []).map(readExtendedError).map((error) => ` ${error!.code} ${error!.text}`.trimEnd())
  const text = answer.flatMap(recordTexts).map((line) => line.replace(/.* TXT "(.*)"/, '$1'))
  return `${rcode === RCODE.NOERROR ? text : rcodeName(rcode)}${errors.join('')}`
}

export const ask = async (server: Server, question: string, peer = PEER): Promise<string> =>
  words(await server.answer(queryOf(question), peer))
