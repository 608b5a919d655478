const SIZE = 8
const pool = new Uint8Array(512 * SIZE)
let used = pool.length

/** A random id of 16 hexadecimal digits, never zeros alone. */
export function hexId(): string {
  if (used >= pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  let text = ''
  for (let i = 0; i < SIZE; i++) text += (pool[used + i] | 0x100).toString(16).slice(1)
  used += SIZE
  return text === '0000000000000000' ? hexId() : text
}
