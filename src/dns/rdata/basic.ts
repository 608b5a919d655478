import { ipv4, ipv6 } from './address.ts'
import { define, type RecordType } from './define.ts'
import { compressedName, expandedName, foldedName, plainName } from './names.ts'
import { u16, u32 } from './numbers.ts'
import { optionalString, string, strings } from './strings.ts'
import { span } from './time.ts'

/** Addresses, names and text: RFC 1035 and what followed in its manner. */
export const basicTypes: readonly RecordType[] = [
  define('A', 1, { address: ipv4 }),
  define('NS', 2, { nsdname: compressedName }),
  define('MD', 3, { madname: compressedName }),
  define('MF', 4, { madname: compressedName }),
  define('CNAME', 5, { cname: compressedName }),
  define('SOA', 6, {
    mname: compressedName,
    rname: compressedName,
    serial: u32,
    refresh: span,
    retry: span,
    expire: span,
    minimum: span,
  }),
  define('MB', 7, { madname: compressedName }),
  define('MG', 8, { mgmname: compressedName }),
  define('MR', 9, { newname: compressedName }),
  define('PTR', 12, { ptrdname: compressedName }),
  define('HINFO', 13, { cpu: string, os: string }),
  define('MINFO', 14, { rmailbx: compressedName, emailbx: compressedName }),
  define('MX', 15, { preference: u16, exchange: compressedName }),
  define('TXT', 16, { text: strings }),
  define('RP', 17, { mbox: expandedName, txt: expandedName }),
  define('AFSDB', 18, { subtype: u16, hostname: expandedName }),
  define('X25', 19, { address: string }),
  define('ISDN', 20, { address: string, subaddress: optionalString }),
  define('RT', 21, { preference: u16, host: expandedName }),
  define('PX', 26, { preference: u16, map822: expandedName, mapx400: expandedName }),
  define('AAAA', 28, { address: ipv6 }),
  define('SRV', 33, { priority: u16, weight: u16, port: u16, target: expandedName }),
  define('NAPTR', 35, {
    order: u16,
    preference: u16,
    flags: string,
    services: string,
    regexp: string,
    replacement: expandedName,
  }),
  define('KX', 36, { preference: u16, exchanger: foldedName }),
  define('DNAME', 39, { target: foldedName }),
  define('NINFO', 56, { text: strings }),
  define('TALINK', 58, { previous: plainName, next: plainName }),
  define('SPF', 99, { text: strings }),
  define('UINFO', 100, { text: string }),
  define('UID', 101, { uid: u32 }),
  define('GID', 102, { gid: u32 }),
  define('AVC', 258, { text: strings }),
  define('RESINFO', 261, { text: strings }),
  define('WALLET', 262, { text: strings }),
  define('CLA', 263, { text: strings }),
]
