import { parseAddress } from '../../address.ts'
import { splitPort } from '../../corefile/host.ts'
import { Complaint, type ValueType } from '../../corefile/spec.ts'

/** Where messages go to, or are fetched from. */
export interface Endpoint {
  /** As the Corefile has it. */
  readonly text: string
  readonly scheme: 'unix' | 'tcp' | 'tls'
  /** '' stands for every address of the machine, where it is listened on. */
  readonly host: string
  readonly port: number
  /** Of a socket in the file system. */
  readonly path: string | undefined
}

/** `/PATH`, `unix:///PATH`, `tcp://HOST:PORT`, `tls://HOST:PORT`. */
export const endpoint: ValueType<Endpoint> = {
  label: 'socket',
  parse(text) {
    const [, scheme = 'unix', rest] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text)!
    if (scheme === 'unix') return { text, scheme, host: '', port: 0, path: readPath(rest) }
    if (scheme !== 'tcp' && scheme !== 'tls')
      throw new Complaint('must be a path, or start with unix://, tcp:// or tls://')
    const { host, port } = splitPort(rest)
    if (!port) throw new Complaint('must have a port, such as tcp://127.0.0.1:6000')
    if (host !== '' && !parseAddress(host) && !/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?\.?$/i.test(host))
      throw new Complaint('must have an address or a host name before the port')
    return { text, scheme, host, port, path: undefined }
  },
}

/** As long as the system lets such paths be (unix(7)), less the end mark. Octets. */
const MAX_PATH = 107

function readPath(path: string): string {
  if (path === '') throw new Complaint('must be the path of a socket')
  if (path.includes('\0')) throw new Complaint('is no path: it has a NUL in it')
  if (new TextEncoder().encode(path).length > MAX_PATH)
    throw new Complaint(`must have at most ${MAX_PATH} octets, as the path of a socket`)
  return path
}
