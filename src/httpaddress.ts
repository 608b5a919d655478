import { parseAddress } from './address.ts'
import type { HttpAddress } from './capabilities.ts'
import { splitPort } from './corefile/host.ts'
import { Complaint, type ValueType } from './corefile/spec.ts'

/** Where an HTTP endpoint listens: `localhost:8080`, `[::1]:8080`, `:8080` for every address; `:` for any port. */
export const httpAddress: ValueType<HttpAddress> = {
  label: 'host:port',
  parse(text) {
    const { host, port } = splitPort(text.endsWith(':') ? `${text}0` : text)
    if (port === undefined) throw new Complaint('must be an address and a port, such as localhost:8080')
    if (host !== '' && !parseAddress(host) && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host))
      throw new Complaint('must have an address or a name before the port')
    return { host, port }
  },
}

/** `127.0.0.1:8080`, `[::1]:8080`; `:8080` is every address. */
export function addressText({ host, port }: HttpAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Where nobody says otherwise: for this machine alone. */
export const loopback = (port: number): HttpAddress => ({ host: 'localhost', port })
