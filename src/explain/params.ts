import { parseAddress } from '../address.ts'
import { parseClientSubnet } from '../clientsubnet.ts'
import { didYouMean } from '../corefile/suggest.ts'
import { CLASS, FLAG, TYPE } from '../dns/constants.ts'
import type { Edns } from '../dns/edns.ts'
import { parseName } from '../dns/name.ts'
import { classCode, typeCode } from '../dns/rdata/registry.ts'
import type { Transport } from '../query.ts'
import { reasonOf } from '../reason.ts'
import type { ExplainRequest } from './request.ts'

/** What a request for an explanation may say. */
const PARAMETERS = [
  'name',
  'type',
  'class',
  'client',
  'transport',
  'port',
  'rd',
  'ad',
  'cd',
  'do',
  'edns',
  'bufsize',
  'subnet',
  'format',
] as const

type Parameter = (typeof PARAMETERS)[number]

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp', 'tls', 'https']

/** A parameter that cannot be understood. */
export class ParameterError extends Error {
  override name = 'ParameterError'
}

/** The query that the parameters of a URL describe. `client` and `transport`: where they say nothing. Throws ParameterError. */
export function readParameters(
  params: URLSearchParams,
  defaults: Pick<ExplainRequest, 'client' | 'transport'>,
): ExplainRequest {
  for (const name of params.keys())
    if (!PARAMETERS.some((known) => known === name))
      throw new ParameterError(`there is no parameter ${JSON.stringify(name)}${didYouMean(name, PARAMETERS)}`)
  const read = new Reader(params)
  const client = read.with('client', (text) => (parseAddress(text) ? text : undefined), 'an IP address')
  return {
    name: read.name(),
    type: read.with('type', typeCode, 'a record type') ?? TYPE.A,
    class: read.with('class', classCode, 'a class') ?? CLASS.IN,
    flags:
      (read.flag('rd', true) ? FLAG.RD : 0) |
      (read.flag('ad', false) ? FLAG.AD : 0) |
      (read.flag('cd', false) ? FLAG.CD : 0),
    edns: read.edns(),
    transport: read.with('transport', transportOf, TRANSPORTS.join(', ')) ?? defaults.transport,
    client: client ?? defaults.client,
    port: read.number('port', 65_535),
  }
}

const transportOf = (text: string): Transport | undefined => TRANSPORTS.find((transport) => transport === text)

const UDP_SIZE = 1232

class Reader {
  readonly #params: URLSearchParams

  constructor(params: URLSearchParams) {
    this.#params = params
  }

  with<T>(name: Parameter, parse: (text: string) => T | undefined, expected: string): T | undefined {
    const text = this.#params.get(name)
    if (text === null) return undefined
    const value = parse(text)
    if (value === undefined)
      throw new ParameterError(`${name} must be ${expected}, got ${JSON.stringify(text.slice(0, 80))}`)
    return value
  }

  name(): ExplainRequest['name'] {
    const text = this.#params.get('name')
    if (!text) throw new ParameterError('the parameter name is missing: ?name=www.example.org&type=A')
    try {
      return parseName(text)
    } catch (error) {
      throw new ParameterError(`name: ${reasonOf(error)}`)
    }
  }

  flag(name: Parameter, otherwise: boolean): boolean {
    const parse = (text: string): boolean | undefined =>
      /^(1|true|)$/i.test(text) ? true : /^(0|false)$/i.test(text) ? false : undefined
    return this.with(name, parse, '0, 1, true or false') ?? otherwise
  }

  number(name: Parameter, max: number): number | undefined {
    const parse = (text: string): number | undefined =>
      /^\d{1,5}$/.test(text) && Number(text) <= max ? Number(text) : undefined
    return this.with(name, parse, `a number of 0–${max}`)
  }

  edns(): Edns | undefined {
    const udpSize = this.number('bufsize', 65_535) ?? UDP_SIZE
    const subnet = this.with('subnet', parseClientSubnet, 'an address or a network')
    const dnssecOk = this.flag('do', false)
    return this.flag('edns', true) ? { version: 0, udpSize, dnssecOk, options: subnet ? [subnet] : [] } : undefined
  }
}
