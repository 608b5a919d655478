import { ipv4 } from './address.ts'
import { prefixes } from './apl.ts'
import { dashBase64, hexGroups, hexPairs } from './blobs.ts'
import { coded, recordType } from './coded.ts'
import { define, type RecordType } from './define.ts'
import { amtRelay, discoveryAndType } from './gateway.ts'
import { place } from './loc.ts'
import { plainName } from './names.ts'
import { u8, u16, u32, u64 } from './numbers.ts'
import { restText, string } from './strings.ts'
import { serviceParams } from './svcb.ts'

const binding = { priority: u16, target: plainName, params: serviceParams }

/** Where services and hosts are to be found. */
export const serviceTypes: readonly RecordType[] = [
  define('GPOS', 27, { longitude: string, latitude: string, altitude: string }),
  define('LOC', 29, { place }),
  define('APL', 42, { prefixes }),
  define('SVCB', 64, binding),
  define('HTTPS', 65, binding),
  define('DSYNC', 66, {
    type: recordType,
    scheme: coded(1, { NOTIFY: 1 }, { show: true }),
    port: u16,
    target: plainName,
  }),
  define('NID', 104, { preference: u16, node: hexGroups }),
  define('L32', 105, { preference: u16, locator: ipv4 }),
  define('L64', 106, { preference: u16, locator: hexGroups }),
  define('LP', 107, { preference: u16, fqdn: plainName }),
  define('EUI48', 108, { address: hexPairs(6) }),
  define('EUI64', 109, { address: hexPairs(8) }),
  define('URI', 256, { priority: u16, weight: u16, target: restText }),
  define('DOA', 259, { enterprise: u32, type: u32, location: u8, mediaType: string, data: dashBase64 }),
  define('AMTRELAY', 260, { precedence: u8, discovery: discoveryAndType, relay: amtRelay }),
  define('IPN', 264, { node: u64 }),
]
