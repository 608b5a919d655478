/** Copies octets and returns where writing goes on. A loop beats `set` for the few octets that most records have. */
export function copy(data: Uint8Array, from: number, length: number, out: Uint8Array, to: number): number {
  if (length < 64) for (let i = 0; i < length; i++) out[to + i] = data[from + i]
  else out.set(data.subarray(from, from + length), to)
  return to + length
}
