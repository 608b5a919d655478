import { parseAddress } from '../../address.ts'
import { Complaint, required, some, type ValueType } from '../../corefile/spec.ts'
import { fileName, word } from '../../corefile/values.ts'

/** The properties of `tls { acme … }`, checked as written: who moves a Corefile here learns of mistakes in it all the same. */

const domain: ValueType<string> = {
  label: 'domain',
  parse(text) {
    const name = text.replace(/\.$/, '').replace(/^\*\./, '')
    const isName = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$/i.test(name)
    if (!isName || parseAddress(name)) throw new Complaint('must be a domain name')
    return name.toLowerCase()
  },
}

const httpsUrl: ValueType<string> = {
  label: 'https://…',
  parse(text) {
    if (!URL.canParse(text) || new URL(text).protocol !== 'https:') throw new Complaint('must be an https:// URL')
    return text
  },
}

const resolver: ValueType<string> = {
  label: 'ADDRESS:PORT',
  parse(text) {
    const port = Number(/:(\d{1,5})$/.exec(text)?.[1])
    if (!(port > 0 && port < 65_536)) throw new Complaint('must be an address and a port')
    return text
  },
}

export const acmeProperties = {
  acme: { args: [some('domains', domain)] },
  email: { args: [required('address', word)] },
  ca: { args: [required('url', httpsUrl)] },
  storage: { args: [required('folder', fileName)] },
  ca_root: { args: [required('file', fileName)] },
  resolver: { args: [required('address', resolver)] },
} as const
