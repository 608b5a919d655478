import { CLASS, OPCODE, RCODE } from '../constants.ts'

/** Mnemonics of an IANA registry and the form that its other numbers take, such as `CLASS42`. */
class Codes {
  readonly #names: ReadonlyMap<number, string>
  readonly #codes: ReadonlyMap<string, number>
  readonly #prefix: string
  readonly #max: number

  constructor(entries: Readonly<Record<string, number>>, prefix: string, max: number) {
    const pairs = Object.entries(entries)
    this.#codes = new Map(pairs)
    this.#names = new Map(pairs.map(([name, code]) => [code, name]))
    this.#prefix = prefix
    this.#max = max
  }

  name(code: number): string {
    return this.#names.get(code) ?? `${this.#prefix}${code}`
  }

  /** Mnemonics in any case. */
  code(text: string): number | undefined {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    const upper = text.toUpperCase()
    if (upper.startsWith(this.#prefix) && /^\d{1,5}$/.test(upper.slice(this.#prefix.length))) {
      const code = Number(upper.slice(this.#prefix.length))
      return code <= this.#max ? code : undefined
    }
    return this.#codes.get(upper)
  }
}

/** The IANA registry "Resource Record (RR) TYPEs", without the reserved mnemonics that no document defines. */
const TYPES = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  HHIT: 67,
  BRID: 68,
  SPF: 99,
  UINFO: 100,
  UID: 101,
  GID: 102,
  UNSPEC: 103,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32_768,
  DLV: 32_769,
}

/** Record types: mnemonics, and `TYPE65280` for the rest (RFC 3597 §5). */
export const types = new Codes(TYPES, 'TYPE', 65_535)

/** Classes: mnemonics, and `CLASS42` for the rest (RFC 3597 §5). */
export const classes = new Codes(CLASS, 'CLASS', 65_535)

/** Response codes; those from 16 on as EDNS uses them (RFC 6891 §6.1.3). */
export const rcodes = new Codes(
  {
    ...RCODE,
    DSOTYPENI: 11,
    BADKEY: 17,
    BADTIME: 18,
    BADMODE: 19,
    BADNAME: 20,
    BADALG: 21,
    BADTRUNC: 22,
    BADCOOKIE: 23,
  },
  'RCODE',
  4095,
)

export const opcodes = new Codes({ ...OPCODE, DSO: 6 }, 'OPCODE', 15)
