import { WireError } from '../error.ts'
import { u16 } from '../header.ts'
import type { Field } from './define.ts'
import { octetsOf, quote, textOf } from './strings.ts'
import * as values from './svcbvalues.ts'
import type { RdataReader } from './wire.ts'
import type { Words } from './words.ts'

const MANDATORY = 0
const ALPN = 1
const NO_DEFAULT_ALPN = 2

interface Key {
  readonly name: string
  readonly value: values.ValueCodec
  /** Text of these may hold blanks or separators, so it is shown in quotes. */
  readonly quoted?: boolean
}

/** The IANA registry "Service Parameter Keys (SvcParamKeys)"; a key's number is its place. */
const KEYS: readonly Key[] = [
  { name: 'mandatory', value: values.keySet(keyCode, keyName) },
  { name: 'alpn', value: values.strings, quoted: true },
  { name: 'no-default-alpn', value: values.nothing },
  { name: 'port', value: values.port },
  { name: 'ipv4hint', value: values.ipv4Hints },
  { name: 'ech', value: values.blob },
  { name: 'ipv6hint', value: values.ipv6Hints },
  { name: 'dohpath', value: values.text, quoted: true },
  { name: 'ohttp', value: values.nothing },
  { name: 'tls-supported-groups', value: values.groups },
  { name: 'docpath', value: values.optionalStrings, quoted: true },
]

const UNKNOWN: Omit<Key, 'name'> = { value: values.opaque, quoted: true }

function keyName(code: number): string {
  return KEYS[code]?.name ?? `key${code}`
}

function keyCode(text: string): number | undefined {
  const lower = text.toLowerCase()
  const code = KEYS.findIndex(({ name }) => name === lower)
  if (code >= 0) return code
  const digits = /^key(0|[1-9]\d{0,4})$/.exec(lower)?.[1]
  return digits !== undefined && Number(digits) <= 65_535 ? Number(digits) : undefined
}

type Params = Map<number, Uint8Array>

/**
 * One parameter, `key=value`. Quotes within a word, `alpn="h2,h3"`, make the tokenizer give either one word with its
 * quotes or two words; both are understood.
 */
function takeParam(words: Words, params: Params): void {
  const word = words.take('parameter')
  const equals = word.indexOf('=')
  const name = equals < 0 ? word : word.slice(0, equals)
  const code = keyCode(name) ?? words.reject('parameter', 'a known key or key0–key65535', name)
  if (params.has(code)) words.fail(`parameter ${name} is given twice`)
  let text = equals < 0 ? '' : word.slice(equals + 1)
  if (equals === word.length - 1 && words.peek?.quoted) text = words.takeText(name)
  else if (text.length > 1 && text.startsWith('"') && text.endsWith('"')) text = text.slice(1, -1)
  params.set(code, parseValue(words, name, code, octetsOf(words, text)))
}

/** A known key given by its number has a raw value (RFC 9460 §2.1), which must be right all the same. */
function parseValue(words: Words, name: string, code: number, raw: Uint8Array): Uint8Array {
  const { value } = KEYS[code] ?? UNKNOWN
  try {
    if (name.toLowerCase() === keyName(code)) return value.parse(raw)
    value.print(raw)
    return raw
  } catch (error) {
    if (error instanceof WireError) words.fail(`${name} ${error.message}`)
    throw error
  }
}

/** What is wrong with the parameters together, if anything (RFC 9460 §7.1.1 and §8). */
function complaint(params: Params): string | undefined {
  if (params.has(NO_DEFAULT_ALPN) && !params.has(ALPN)) return 'no-default-alpn needs alpn'
  const mandatory = params.get(MANDATORY) ?? new Uint8Array(0)
  for (let i = 0; i < mandatory.length; i += 2) {
    const code = u16(mandatory, i)
    if (code === MANDATORY) return 'mandatory must not name itself'
    if (!params.has(code)) return `mandatory names ${keyName(code)}, which is missing`
  }
  return undefined
}

function read(wire: RdataReader): Params {
  const params: Params = new Map()
  while (wire.left > 0) params.set(wire.number(2), wire.take(wire.number(2)))
  return params
}

/** The parameters of SVCB and HTTPS (RFC 9460 §2). */
export const serviceParams: Field = {
  parse(words, out) {
    const params: Params = new Map()
    while (!words.done) takeParam(words, params)
    const wrong = complaint(params)
    if (wrong) words.fail(wrong)
    for (const [code, value] of [...params].sort(([a], [b]) => a - b)) {
      out.number(2, code)
      out.number(2, value.length)
      out.append(value)
    }
  },
  print(wire) {
    const params = read(wire)
    const wrong = complaint(params)
    if (wrong) throw new WireError(wrong)
    return Array.from(params, ([code, octets]) => {
      const { value, quoted } = KEYS[code] ?? UNKNOWN
      const text = value.print(octets)
      if (text.length === 0) return keyName(code)
      return `${keyName(code)}=${quoted ? quote(text) : textOf(text)}`
    }).join(' ')
  },
  skip(wire) {
    for (let last = -1; wire.left > 0; ) {
      // Keys ascend, so that there is one way to write a set of them (RFC 9460 §2.2).
      const code = wire.number(2)
      if (code <= last) throw new WireError('service parameters out of order')
      last = code
      wire.skip(wire.number(2))
    }
  },
}
