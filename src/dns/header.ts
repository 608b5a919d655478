/** Octets of a DNS message's header (RFC 1035 §4.1.1): six 16-bit fields. */
export const HEADER = 12

export const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1]

export const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** Copies octets and returns where writing goes on. A loop beats `set` for the few octets that most records have. */
export function copy(data: Uint8Array, from: number, length: number, out: Uint8Array, to: number): number {
  if (length < 64) for (let i = 0; i < length; i++) out[to + i] = data[from + i]
  else out.set(data.subarray(from, from + length), to)
  return to + length
}
