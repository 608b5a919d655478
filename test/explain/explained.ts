import { CLASS, FLAG } from '../../src/dns/constants.ts'
import { parseName } from '../../src/dns/name.ts'
import { classCode, typeCode } from '../../src/dns/rdata/registry.ts'
import { Explainer } from '../../src/explain/explainer.ts'
import { type Explanation, explanationOf } from '../../src/explain/explanation.ts'
import { messageOf, peerAt, siteFor } from '../../src/explain/request.ts'
import { explanationText } from '../../src/explain/text.ts'
import type { AskOptions, Rig } from '../plugins/rig.ts'

/** Explains what the same `ask` of the rig would get. */
export async function explained(rig: Rig, question: string, how: AskOptions = {}): Promise<Explanation> {
  const [name, type = 'A', rclass = 'IN'] = question.split(' ')
  const hasEdns = how.do !== undefined || how.bufsize !== undefined || how.options !== undefined
  const edns = { version: 0, udpSize: how.bufsize ?? 1232, dnssecOk: how.do ?? false, options: how.options ?? [] }
  const request = {
    name: parseName(name),
    type: typeCode(type)!,
    class: classCode(rclass) ?? CLASS.IN,
    flags: (how.rd === false ? 0 : FLAG.RD) | (how.ad ? FLAG.AD : 0) | (how.cd ? FLAG.CD : 0),
    edns: hasEdns ? edns : undefined,
    transport: how.peer?.transport ?? (rig.runtime.name === 'workers' ? ('https' as const) : ('udp' as const)),
    client: how.peer?.address ?? '192.0.2.7',
    port: how.port,
  }
  const site = siteFor(rig.instance.sites, request)!
  // The port that the rig's client has.
  const peer = { ...peerAt(site, request), port: 4711 }
  return explanationOf(await new Explainer(site).explain(messageOf(request), peer))
}

/** What a person reads of it, from the block to the message; without times. */
export function story(explanation: Explanation): string {
  const [, body] = explanationText(explanation).split('\n\n')
  const finish = explanation.finish.filter((line) => !/^OPT record: size 1232(, do)?$/.test(line))
  const lines = [...body.split('\n'), ...finish.map((line) => `message ${line}`)]
  return plain(lines.map((line) => line.replace(/ +\[[\d.]+ ms\]$/, '')).join('\n'))
}

/** Without the blanks that make columns. */
export const plain = (text: string): string => text.replace(/(\S) {2,}/g, '$1 ')
