import { ipv4 } from './address.ts'
import { nxtBitmap } from './bitmap.ts'
import { base64Rest, hexRest, optionalBase64 } from './blobs.ts'
import { algorithm } from './coded.ts'
import { define, type RecordType } from './define.ts'
import { atmAddress, nsap, services } from './historic.ts'
import { expandedName, plainName } from './names.ts'
import { u8, u16 } from './numbers.ts'
import { signature } from './security.ts'

/** Types that were replaced or never took off, but have a presentation form. */
export const obsoleteTypes: readonly RecordType[] = [
  define('WKS', 11, { address: ipv4, services }),
  define('NSAP', 22, { address: nsap }),
  define('NSAP-PTR', 23, { owner: plainName }),
  define('SIG', 24, signature(expandedName)),
  define('KEY', 25, { flags: u16, protocol: u8, algorithm, publicKey: optionalBase64 }),
  define('NXT', 30, { nextDomain: expandedName, types: nxtBitmap }),
  define('EID', 31, { endpoint: hexRest }),
  define('NIMLOC', 32, { locator: hexRest }),
  define('ATMA', 34, { address: atmAddress }),
  define('SINK', 40, { meaning: u8, coding: u8, subcoding: u8, data: base64Rest }),
]
