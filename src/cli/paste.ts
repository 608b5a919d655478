import { TYPE } from '../dns/constants.ts'
import { writeQuery } from '../dns/message.ts'
import { parseName } from '../dns/name.ts'

/** Where everything is that `coredge dev` serves. */
export interface Places {
  /** The DNS port of the server on this machine; undefined where it has no plain DNS. */
  readonly dns: number | undefined
  readonly http: number
  readonly https: number
  /** The certificate's file. */
  readonly certificate: string
}

/** Command lines that ask for `name`'s address in every way there is, ready to be pasted into a shell. */
export function pasteLines(name: string, { dns, http, https, certificate }: Places): string[] {
  const message = writeQuery({ id: 0, name: parseName(name), type: TYPE.A })
  const base64url = Buffer.from(message).toString('base64url')
  const wire = "-H 'accept: application/dns-message'"
  return [
    ...(dns === undefined ? [] : [`dig @127.0.0.1 -p ${dns} ${name}`, `dig @127.0.0.1 -p ${dns} +tcp ${name}`]),
    `dig @127.0.0.1 -p ${https} +https ${name}`,
    `kdig @127.0.0.1 -p ${https} +https ${name}`,
    `curl -s ${wire} 'http://127.0.0.1:${http}/dns-query?dns=${base64url}' | od -c`,
    `printf '${octal(message)}' | curl -s --data-binary @- -H 'content-type: application/dns-message' http://127.0.0.1:${http}/dns-query | od -c`,
    `curl -s 'http://127.0.0.1:${http}/resolve?name=${name}&type=A'`,
    `curl -s --cacert ${certificate} -H 'accept: application/dns-json' 'https://127.0.0.1:${https}/dns-query?name=${name}'`,
  ]
}

/** Octets for printf(1): letters as they are, all others as three octal digits. */
function octal(octets: Uint8Array): string {
  return Array.from(octets, (octet) => {
    const char = String.fromCharCode(octet)
    return /[a-zA-Z]/.test(char) ? char : `\\${octet.toString(8).padStart(3, '0')}`
  }).join('')
}
